"""The report is one page that needs nothing else, and never shows a result without what it does not show."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from residency.demo.graph import arranged, lineage_svg
from residency.demo.report import grouped_rows, render, write_report
from residency.demo.story import Link
from tests.demo.sample_story import CAVEATS, EXPERT, SHARED, links, story

VOID = {"meta", "img", "br", "link", "input", "hr"}


class Page(HTMLParser):
    """Reads a page strictly: every tag is closed in order; attributes, headings and texts by section are kept."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict]] = []
        self.sections: list[list[str]] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        if tag == "section":
            self.sections.append([])
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_data(self, data):
        if "section" in self.open:
            self.sections[-1].append(data)

    def section(self, title: str) -> str:
        """The text of the section with this title."""
        (found,) = [" ".join(" ".join(texts).split()) for texts in self.sections if title in " ".join(texts[:6])]
        return found


@pytest.fixture(scope="module")
def told():
    return story()


@pytest.fixture(scope="module")
def text(told):
    return render(told)


@pytest.fixture(scope="module")
def page(text):
    return Page(text)


def test_the_page_is_whole_html_with_its_headings_in_order(page, text):
    assert text.startswith("<!doctype html>")
    levels = [int(tag[1]) for tag, _ in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    names = [attributes["id"] for _, attributes in page.tags if "id" in attributes]
    assert len(names) == len(set(names))
    labelled = [a["aria-labelledby"] for _, a in page.tags if "aria-labelledby" in a]
    assert set(labelled) <= set(names)


def test_the_page_needs_no_network_no_script_and_no_second_file(page, text):
    assert not [tag for tag, _ in page.tags if tag in ("script", "link", "iframe", "object", "embed", "base", "form")]
    for _, attributes in page.tags:
        assert not [name for name in attributes if name.startswith("on")]
        for name in ("src", "href", "srcset", "action", "poster", "background"):
            assert attributes.get(name, "data:").startswith("data:")
    assert not re.search(r"https?:|@import|url\(", re.sub(r"base64,[A-Za-z0-9+/=]+", "", text))
    policy = next(a["content"] for t, a in page.tags if t == "meta" and "http-equiv" in a)
    assert policy == "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def test_every_picture_has_words_and_every_table_a_caption(page):
    pictures = [attributes for tag, attributes in page.tags if tag == "img"]
    assert len(pictures) == 5
    assert all(len(picture["alt"]) > 20 for picture in pictures)
    tags = [tag for tag, _ in page.tags]
    assert tags.count("table") == tags.count("caption") == 5


def test_every_caveat_stands_in_every_part_that_shows_a_result(page, text):
    own = page.section("How good, and for whom")
    for caveat in (SHARED, *CAVEATS):
        figures = 4
        assert own.count(caveat) == 1 + figures, caveat
    assert "trained on data generated from 1 real anatomy" in page.section("How good, elsewhere")
    trained = page.section("How it was trained")
    assert all(trained.count(caveat) == 2 for caveat in CAVEATS)
    assert EXPERT in page.section("The names are gone")
    opening, ending = page.sections[0], text.rpartition("<footer>")[2]
    for remark in (*CAVEATS, EXPERT):
        assert remark in opening
        assert remark in ending


def test_a_suppressed_group_says_so_and_shows_no_number(told, page):
    own, elsewhere = (grouped_rows(result) for result in told.evaluation.results)
    assert [row.dice for row in own.rows["race"]["Asian"]] == [None, None]
    assert re.search(r"Asian suppressed suppressed Black", page.section("How good, and for whom"))
    assert elsewhere.rows == {}
    assert "By sex, age band, race, scanner: suppressed" in page.section("How good, elsewhere")


def test_a_single_subject_has_no_interval_in_the_page(page):
    assert page.section("How good, elsewhere").count("no interval") == 7
    assert "1 subject." in page.section("How good, elsewhere")


def test_a_refusal_shows_every_gate_and_a_count_adds_up(page):
    refused = page.section("Who was refused")
    assert all(gate in refused for gate in ("ROLE", "SELF-APPROVAL", "PROTOCOL-NOT-APPROVED"))
    assert "This passphrase is not that of silva." in refused
    assert "2 492 received = 2 313 accepted + 0 excluded + 179 held back" in page.section("Nothing is dropped")


def test_what_was_not_done_is_said_and_not_left_out(told):
    bare = Page(
        render(
            replace(told, training=None, evaluation=None, verification=None, lineage=(), held=(), letters=(), exams=())
        )
    )
    words = " ".join(text for section in bare.sections for text in section)
    for said in ("Nothing was trained", "Nothing was evaluated", "Nothing was verified", "Nothing was held back"):
        assert said in words
    for said in ("The cleaning was not examined", "No report of the cleaning was signed"):
        assert said in words


def test_the_letters_and_the_measured_recall_stand_where_the_names_are_gone(page):
    (section,) = [" ".join(words) for words in page.sections if "The names are gone" in words]
    assert "1\u202f480 of 1\u202f480 were found, which makes a recall of at least 99.7 %" in section
    assert "Dates are shifted by whole days. not met" in section


def test_words_from_outside_are_text_and_never_markup(told):
    evil = replace(told, signature="<script>alert(1)</script>", lineage=(Link("<b>x-2", "<i>y-1"),))
    assert "<script>alert" not in render(evil)
    assert "<b>" not in render(evil)


def test_the_page_is_written_whole(told, tmp_path):
    write_report(tmp_path / "report.html", replace(told, figures={}))
    assert (tmp_path / "report.html").read_text().rstrip().endswith("</html>")


def test_the_lineage_runs_from_left_to_right_and_nothing_lies_on_anything_else():
    picture = arranged(links())
    places = [(box.layer, box.track) for box in picture.boxes.values()]
    assert len(places) == len(set(places))
    passed = [place for path in picture.paths for place in path[1:-1]]
    assert not set(passed) & set(places)
    for path in picture.paths:
        assert [x for x, _ in path] == list(range(path[0][0], path[-1][0] + 1))
    kinds = [box.kind for box in sorted(picture.boxes.values(), key=lambda b: b.layer) if box.track == 0]
    way = "protocol source intake deid draft dataset-version run model evaluation-plan evaluation signature release"
    assert kinds == way.split()


def test_revisions_are_one_box_and_records_that_stand_alike_are_counted():
    boxes = arranged(links()).boxes.values()
    assert [box.count for box in boxes if box.kind == "quarantine"] == [2]
    assert sum(box.kind == "intake" for box in boxes) == 2
    assert "× 2" in lineage_svg(links())


def test_a_link_that_follows_from_others_is_not_drawn():
    chain = [Link("run b-2", "source a-1"), Link("model c-3", "run b-2")]
    assert len(arranged(chain).paths) == 2
    assert arranged([*chain, Link("model c-3", "source a-1")]).paths == arranged(chain).paths
    assert lineage_svg([]) == ""
