"""One note from end to end: what goes, what stays, what is written instead, and the second look."""

import hashlib
import json
import random
import re

import pytest

from residency.deid.identifiers import Gathering, Identifiers
from residency.deid.notes.known import KnownSearch
from residency.deid.notes.note_rules import load_note_rules
from residency.deid.notes.residual import clean_text, held_back, residue
from residency.deid.notes.scrub import CleanedNote, TaggerMissing, scrub_note
from residency.deid.notes.tagger import TaggerBroken, load_tagger, open_tagger
from residency.deid.pseudonyms import Alias, Identity, Pseudonyms, alias
from residency.deid.recipe import RecipeUnknown, RecipeWrong

TAGS, OTHERS = load_note_rules("notes"), load_note_rules("notes-surrogates")
ALIAS = alias(Pseudonyms(b"k" * 32), Identity("SITE-A", "42"))
NOBODY = Identifiers()


def scrubbed(text: str, rules=TAGS, who: Alias = ALIAS, known: Identifiers = NOBODY) -> CleanedNote:
    return scrub_note(text, rules, who, known, load_tagger())


def known_of(*names: str) -> Identifiers:
    found = Gathering()
    for name in names:
        found.name(name)
    found.number("00471188")
    found.date("19570309", birth=True)
    return found.identifiers()


def test_without_a_tagger_nothing_is_cleaned() -> None:
    with pytest.raises(TaggerMissing, match="without the tagger"):
        scrub_note("Seen.", TAGS, ALIAS, NOBODY, None)


def test_a_tagger_that_fails_stops_the_note() -> None:
    class Gone:
        def run(self, names, shown):
            raise RuntimeError("no session")

    broken = open_tagger(*_package())
    broken._session = Gone()
    with pytest.raises(TaggerBroken):
        scrub_note("Seen by Dr. Quill.", TAGS, ALIAS, NOBODY, broken)


def test_a_tagger_that_is_not_the_one_of_its_card_is_refused() -> None:
    model, card = _package()
    with pytest.raises(TaggerBroken, match="card"):
        open_tagger(model[:-1] + b"\0", card)
    with pytest.raises(TaggerBroken, match="opened"):
        open_tagger(b"nothing", {**card, "sha256": hashlib.sha256(b"nothing").hexdigest()})


def _package() -> tuple[bytes, dict]:
    from importlib.resources import files

    folder = files("residency.deid.notes")
    return folder.joinpath("tagger.onnx").read_bytes(), json.loads(folder.joinpath("tagger.json").read_text())


def test_names_numbers_and_addresses_become_tags_and_values_stay() -> None:
    note = scrubbed(
        "Mrs. Quillfeather, MRN 00-44719, BP 120/80, K 3.5, s/p Whipple, Bell's palsy. Call "
        "555-010-4477 or t@x.example."
    )
    assert note.text == (
        "Mrs. [NAME], MRN [RECORD], BP 120/80, K 3.5, s/p Whipple, Bell's palsy. Call [PHONE] or [MAIL]."
    )
    assert note.counts[("name", "tag")] == 1
    assert {b"[NAME]", b"[RECORD]", b"[PHONE]", b"[MAIL]"} == note.minted


def test_ages_from_ninety_are_one_and_younger_ones_stay() -> None:
    text = scrubbed(
        "A 94-year-old woman, her son is 62. Mother died at 101. A nonagenarian in her 90s. Temp 99 F, 94 kg."
    ).text
    assert text == "A 90+-year-old woman, her son is 62. Mother died at 90+. aged 90+ in her 90+. Temp 99 F, 94 kg."


def test_a_name_found_once_is_found_everywhere_in_the_note() -> None:
    text = scrubbed(
        "Seen by Dr. Ottershaw. Plan as per OTTERSHAW. ottershaw to call. Discussed: Ottershaw's plan."
    ).text
    assert "ottershaw" not in text.lower()


def test_an_eponym_stays_and_its_bearer_does_not() -> None:
    text = scrubbed("Murphy's sign negative per Dr. Murphy. Foley placed by Nurse Foley. Hodgkin lymphoma.").text
    assert text == "Murphy's sign negative per Dr. [NAME]. Foley placed by Nurse [NAME]. Hodgkin lymphoma."


def test_surrogates_are_the_same_for_one_subject_and_others_for_another() -> None:
    text = "Ana Quillfeather (QUILLFEATHER, ANA), MRN 4471188. Ana's MRN 4471188."
    first, second = scrubbed(text, OTHERS).text, scrubbed(text, OTHERS).text
    assert first == second
    given, family, family2, given2 = re.match(r"(\w+) (\w+) \((\w+), (\w+)\)", first).groups()
    assert (family.upper(), given.upper()) == (family2, given2)
    assert not {given.lower(), family.lower()} & {"ana", "quillfeather"}
    number, again = re.findall(r"MRN (\d+)", first)
    assert number == again != "4471188"
    other = alias(Pseudonyms(b"k" * 32), Identity("SITE-A", "43"))
    assert scrubbed(text, OTHERS, other).text != first


def test_no_surrogate_is_a_name_of_the_note() -> None:
    from residency.deid.notes.surrogates import Surrogates
    from residency.deid.notes.words import spelled

    taken = {name.lower() for name in spelled("surnames")[: len(spelled("surnames")) // 2]}
    other = Surrogates(ALIAS, taken)
    written = {other.written("name", f"Zq{at}x".replace("0", "o")) for at in range(300)}
    assert not {name.lower() for name in written} & taken


@pytest.mark.parametrize(
    "text",
    [
        "seen with QUILLFEATHER",
        "quillfeather seen",
        "Quilfeather seen",
        "Quillefather seen",
        "ptquillfeather",
        "Qui1lfeather seen",
        "MRN 471188 here",
        "no. 00471188",
        "born 09.03.1957",
        "b 3/9/57",
        "9 March 1957",
        "1957-03-09",
    ],
)
def test_what_the_record_names_is_found_in_every_spelling(text: str) -> None:
    known = known_of("Quillfeather^Ana")
    spans = KnownSearch(known).spans(text)
    assert spans
    note = scrubbed(f"Today: {text}.", known=known)
    assert residue(note, known) == []
    assert text not in note.text


def test_the_second_look_sees_what_the_first_left() -> None:
    known = known_of("Quillfeather^Ana")
    for left in (
        "Quillfeather",
        "471188",
        "03/09/1957",
        "tel 555-010-9988",
        "x@y.example",
        "Dr. Zyx",
        "123-45-6789",
        "2021-03-04",
    ):
        note = CleanedNote(f"[NAME] said {left} today", {}, frozenset(), (), ((0, 6),))
        assert held_back(note, known) is not None, left
        assert left not in held_back(note, known).sentence
    assert held_back(CleanedNote("[NAME] said nothing", {}, frozenset(), (), ((0, 6),)), known) is None
    minted = CleanedNote("seen 03/09/1957", {}, frozenset(), (), ((5, 15),))
    assert held_back(minted, known) is None


def test_a_short_text_is_cleaned_or_goes() -> None:
    known = known_of("Quillfeather^Ana")
    assert clean_text("CT HEAD W/O", TAGS, ALIAS, known, load_tagger()) == "CT HEAD W/O"
    assert "Quill" not in (clean_text("CT for Dr Quillfeather", TAGS, ALIAS, known, load_tagger()) or "")


_FORMS = (
    "Mr. {s} seen today.",
    "Patient: {S}, {G}",
    "{g} {s} is stable.",
    "{s} may need oxygen.",
    "Spoke with {s}, who agrees.",
    "NAME: {S}",
    "Dr. {s} notified.",
    "{s}, {g} - room 4.",
    "Called {g} {s} at home.",
    "Seen by {s} MD.",
    "dr {l} aware",
    "CC: {s}",
    "{S} SEEN IN CLINIC.",
    "I met {s} and the family.",
)


def test_nobody_is_harder_to_clean_for_being_called_li() -> None:
    seed = 20260
    rng = random.Random(seed)
    rates = {}
    for surname in ("Li", "Ng", "Lee", "May", "Wu", "Long", "He", "Oyelaran"):
        known, held = known_of(f"{surname}^Tamsin"), 0
        for _ in range(6):
            lines = [
                form.format(s=surname, S=surname.upper(), l=surname.lower(), g="Tamsin", G="TAMSIN")
                for form in rng.sample(_FORMS, 8)
            ]
            plain = [
                "She may go home after a long walk.",
                "He denies pain; 20 ng/mL.",
                "NG tube out.",
                "Lithium level 0.8.",
            ]
            note = scrubbed("\n".join([*lines, *plain]), known=known)
            held += held_back(note, known) is not None
            for at, line in enumerate(note.text.split("\n")[: len(lines)]):
                assert not re.search(rf"\b(?:{surname}|{surname.upper()})\b", line), (seed, surname, lines[at], line)
        rates[surname] = held
    assert set(rates.values()) == {0}, (seed, rates)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x\nversion: 1\n", "data"),
        ("name: x\nversion: 1\ndata: notes\nrules: [{kinds: [name], letter: B, action: tag}]\n", "letter A"),
        ("name: x\nversion: 1\ndata: notes\nrules: [{kinds: [name], letter: A, action: move}]\n", "only dates"),
        ("name: x\nversion: 1\ndata: notes\nrules: [{kinds: [institution], letter: B, action: keep}]\n", "reason"),
        ("name: x\n  version: [\n", "no YAML"),
    ],
)
def test_rules_that_cannot_be_followed_are_refused(tmp_path, text: str, said: str) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(text)
    with pytest.raises(RecipeWrong, match=said):
        load_note_rules(path)


def test_a_kind_that_no_rule_names_is_removed(tmp_path) -> None:
    path = tmp_path / "site.yaml"
    path.write_text("name: x\nversion: 1\ndata: notes\nrules: []\n")
    note = scrub_note("Mrs. Quillfeather on 03/04/2021, aged 95.", load_note_rules(path), ALIAS, NOBODY, load_tagger())
    assert note.text == "Mrs. [NAME] on [DATE], aged [AGE]."
    with pytest.raises(RecipeUnknown):
        load_note_rules("notes-nowhere")
