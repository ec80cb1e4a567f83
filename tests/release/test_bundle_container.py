"""A file that is not the bundle that was signed: cut, grown, rearranged, or no bundle at all."""

import io
import json
import random
import struct
import tracemalloc
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from residency.kernel.clock import stopwatch
from residency.kernel.digest import canonical, digest
from residency.kernel.note import Signed, write_note
from residency.release.bundle import BundleExists, BundleMemberRefused, Member, json_member, write_bundle
from residency.release.verify import (
    BundleMissing,
    KeyFileMalformed,
    NotABundle,
    Verdict,
    as_json,
    main,
    page,
    read_keys,
    verify,
)
from tests.release.sample_release import Key, Story


@pytest.fixture(scope="module")
def story() -> Story:
    return Story()


@pytest.fixture(scope="module")
def good(story, tmp_path_factory) -> Path:
    return story.write(tmp_path_factory.mktemp("bundle") / "good.residency")


def _verify(tmp_path: Path, data: bytes, story: Story) -> Verdict:
    path = tmp_path / "other.residency"
    path.write_bytes(data)
    return verify(path, read_keys(story.keys("okafor")))


def _says(verdict: Verdict) -> str:
    assert not verdict.passed
    return " ".join(page(verdict).split())


def test_an_untouched_bundle_passes_every_check(good, story):
    verdict = verify(good, read_keys(story.keys("okafor")))
    assert [check for check in verdict.checks if check.passed is False] == []
    assert verdict.damages == ()
    assert "Every check holds" in page(verdict)
    assert json.loads(json.dumps(as_json(verdict)))["passed"] is True


def test_any_zip_program_can_open_a_bundle(good, story):
    with zipfile.ZipFile(good) as archive:
        assert archive.testzip() is None
        assert archive.read("model/weights.safetensors") == story.weights
        assert archive.namelist()[:3] == ["index.note", "index.json", "README.txt"]


def test_the_same_members_give_the_same_bytes(good, story, tmp_path):
    assert story.write(tmp_path / "again.residency").read_bytes() == good.read_bytes()


def test_a_bundle_cut_anywhere_is_called_cut_or_no_bundle(good, story, tmp_path):
    data = good.read_bytes()
    path = tmp_path / "cut.residency"
    keys, cut = read_keys(story.keys()), 0
    for length in [*range(0, len(data), 1511), *range(len(data) - 30, len(data))]:
        path.write_bytes(data[:length])
        try:
            says = _says(verify(path, keys))
        except NotABundle:
            continue
        assert f"it ends at byte {length:,} of {len(data):,}" in says
        cut += 1
    assert cut > 100


def test_bytes_after_the_end_are_named(good, story, tmp_path):
    data = good.read_bytes()
    verdict = _verify(tmp_path, data + b"more", story)
    assert "4 bytes stand after the end" in _says(verdict)
    assert verdict.damages[0].offset == len(data)
    assert "200,000 bytes stand after the end" in _says(_verify(tmp_path, data + bytes(200_000), story))


def test_bytes_before_the_start_are_refused(good, story, tmp_path):
    with pytest.raises(NotABundle):
        _verify(tmp_path, b"#!" + good.read_bytes(), story)


def _rezipped(
    good: Path, change: Callable[[list[tuple[str, bytes]]], object], method: int = zipfile.ZIP_STORED
) -> bytes:
    """The members in another ZIP file, written as bundles are, after a change of their list."""
    with zipfile.ZipFile(good) as archive:
        members = [(name, archive.read(name)) for name in archive.namelist()]
    change(members)
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in members:
            info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
            info.external_attr, info.create_version, info.extract_version = 0o100644 << 16, 20, 10
            info.compress_type = method if name.startswith("model/") else zipfile.ZIP_STORED
            archive.writestr(info, data)
    return out.getvalue()


def test_rezipping_alone_would_not_change_a_byte(good):
    assert _rezipped(good, lambda members: None) == good.read_bytes()


def test_members_in_another_order_are_named(good, story, tmp_path):
    def swap(members):
        members[-1], members[-2] = members[-2], members[-1]

    assert "another order than was signed" in _says(_verify(tmp_path, _rezipped(good, swap), story))


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_that_stands_twice_is_named(good, story, tmp_path):
    says = _says(_verify(tmp_path, _rezipped(good, lambda m: m.append(("statement.json", b"{}"))), story))
    assert "'statement.json' is listed 2 times" in says


def test_a_member_that_nobody_signed_is_named(good, story, tmp_path):
    says = _says(_verify(tmp_path, _rezipped(good, lambda m: m.append(("zz.json", b"{}"))), story))
    assert "'zz.json' is in the file but not in the signed index" in says


def test_a_member_taken_out_is_named(good, story, tmp_path):
    says = _says(_verify(tmp_path, _rezipped(good, lambda members: members.pop()), story))
    assert "'statement.json' is missing" in says


def test_two_members_with_their_contents_swapped_are_both_named(good, story, tmp_path):
    def swap(members):
        names = [name for name, _ in members]
        one, other = names.index("records/run/run-1.json"), names.index("records/proof/proof-1.json")
        members[one], members[other] = (names[one], members[other][1]), (names[other], members[one][1])

    says = _says(_verify(tmp_path, _rezipped(good, swap), story))
    assert "records/run/run-1.json" in says
    assert "records/proof/proof-1.json" in says


def test_a_figure_made_better_in_place_is_located_to_its_field(good, story, tmp_path):
    verdict = _verify(tmp_path, good.read_bytes().replace(b'"dice":0.89', b'"dice":0.98'), story)
    assert [damage.field for damage in verdict.damages if damage.member.startswith("records/evaluation")] == [
        "/rows/1/dice"
    ]


def test_a_field_put_in_is_located_although_all_after_it_moved(good, story, tmp_path):
    def lengthen(members):
        at = next(i for i, (name, _) in enumerate(members) if name == "records/run/run-1.json")
        members[at] = (members[at][0], members[at][1].replace(b'"state":"finished"', b'"gpu":true,"state":"finished"'))

    verdict = _verify(tmp_path, _rezipped(good, lengthen), story)
    assert "crc32" in _says(verdict)
    assert not verdict.passed


def test_blocks_that_were_exchanged_are_named(good, story, tmp_path):
    data = good.read_bytes()
    first = story.weights[:65536]
    swapped = data.replace(story.weights[: 2 * 65536], story.weights[65536 : 2 * 65536] + first)
    assert swapped != data
    verdict = _verify(tmp_path, swapped, story)
    assert [(d.member, d.field) for d in verdict.damages] == [
        ("model/weights.safetensors", "block 0"),
        ("model/weights.safetensors", "block 1"),
    ]


def test_a_compressed_member_is_not_unpacked_but_refused(good, story, tmp_path):
    def bomb(members):
        at = next(i for i, (name, _) in enumerate(members) if name.startswith("model/"))
        members[at] = (members[at][0], bytes(100 << 20))

    data = _rezipped(good, bomb, zipfile.ZIP_DEFLATED)
    path = tmp_path / "bomb.residency"
    path.write_bytes(data)
    tracemalloc.start()
    says = _says(verify(path, read_keys(story.keys())))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert "field 'method'" in says
    assert peak < 8 << 20


@pytest.mark.parametrize("claimed", [0, 1, 1 << 31, (1 << 32) - 2, (1 << 32) - 1])
def test_a_size_that_a_header_merely_claims_is_never_believed(good, story, tmp_path, claimed):
    data = bytearray(good.read_bytes())
    with zipfile.ZipFile(good) as archive:
        at = archive.getinfo("model/weights.safetensors").header_offset
    for place in (at + 18, at + 22):
        data[place : place + 4] = struct.pack("<I", claimed)
    verdict = _verify(tmp_path, bytes(data), story)
    assert [d.field for d in verdict.damages] == ["local header: compressed size", "local header: size"]


def test_a_claim_of_ten_gigabytes_by_zip64_is_refused(story, tmp_path):
    name = b"index.note"
    local = struct.pack("<IHHHHHIIIHH", 0x04034B50, 45, 0, 0, 0, 0x21, 0, 0xFFFFFFFF, 0xFFFFFFFF, len(name), 20)
    with pytest.raises(NotABundle):
        _verify(tmp_path, local + name + struct.pack("<HHQQ", 1, 16, 10 << 30, 10 << 30), story)


def test_an_index_that_claims_ten_gigabytes_is_refused_even_if_signed(story, tmp_path):
    line = {"name": "a", "kind": "binary", "size": 10 << 30, "crc32": 0, "sha256": digest(b""), "marks": ""}
    with pytest.raises(NotABundle, match="malformed"):
        _verify(tmp_path, _by_hand(story.site, [line]), story)


@pytest.mark.parametrize(
    "line",
    [
        {"name": "../../etc/passwd"},
        {"name": "/etc/passwd"},
        {"name": "a\\b"},
        {"name": "index.json"},
        {"name": ""},
        {"name": 7},
        {"kind": "program"},
        {"size": -1},
        {"size": True},
        {"size": 1.5},
        {"crc32": 1 << 32},
        {"sha256": "md5:0"},
        {"marks": "not base64!"},
        {"more": 1},
    ],
)
def test_a_strange_line_of_the_index_is_refused_even_if_signed(story, tmp_path, line):
    usual = {"name": "a", "kind": "binary", "size": 0, "crc32": 0, "sha256": digest(b""), "marks": ""}
    with pytest.raises(NotABundle):
        _verify(tmp_path, _by_hand(story.site, [usual | line]), story)


_EMPTY = {"kind": "text", "size": 0, "crc32": 0, "sha256": digest(b""), "marks": ""}


@pytest.mark.parametrize("names", [["b", "a"], ["a", "a"]], ids=["out of order", "twice"])
def test_an_index_that_lists_members_twice_or_out_of_order_is_refused(story, tmp_path, names):
    with pytest.raises(NotABundle):
        _verify(tmp_path, _by_hand(story.site, [_EMPTY | {"name": name} for name in names]), story)


def test_an_index_in_another_spelling_is_refused(story, tmp_path):
    with pytest.raises(NotABundle):
        _verify(tmp_path, _by_hand(story.site, [], index=b'{"members":[],"format":"residency-bundle/1"}'), story)


@pytest.mark.parametrize(
    ("form", "named"),
    [("residency-bundle/2", "liver.example"), ("residency-bundle/1", "other.example")],
    ids=["another format", "another site"],
)
def test_a_note_that_speaks_of_something_else_is_not_believed(story, tmp_path, form, named):
    verdict = _verify(tmp_path, _by_hand(story.site, [], form=form, named=named), story)
    assert "not the note of a bundle" in _says(verdict)


def test_a_second_signature_that_nobody_can_check_is_not_carried_along(story, tmp_path):
    verdict = _verify(tmp_path, _by_hand(story.site, [], more=[Signed("x.example", b"abcd", bytes(64))]), story)
    assert "not the note of a bundle" in _says(verdict)


def _by_hand(
    site: Key,
    lines: list[dict],
    *,
    form: str = "residency-bundle/1",
    named: str = "liver.example",
    index: bytes = b"",
    more: Sequence[Signed] = (),
) -> bytes:
    """The two first members of a bundle, signed by the site whatever they say."""
    index = index or canonical({"format": "residency-bundle/1", "members": lines})
    text = f"{form}\n{named}\n{digest(index)}\n"
    signed = Signed(site.public.name, site.public.hint, site.sign(text.encode()))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in (("index.note", write_note(text, [signed, *more]).encode()), ("index.json", index)):
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [b"", b"P", b"PK\x03\x04", b"PK\x05\x06" + bytes(18), b"%PDF-1.7\n", bytes(5000), b"{" * 5000, b"\xff" * 5000],
    ids=["empty", "one byte", "only a magic", "an empty zip", "a pdf", "zeros", "braces", "ones"],
)
def test_what_is_no_bundle_is_called_so(story, tmp_path, data):
    with pytest.raises(NotABundle):
        _verify(tmp_path, data, story)


def test_noise_never_breaks_the_verifier(good, story, tmp_path):
    rng, data, seed = random.Random(7), good.read_bytes(), 7
    print(f"seed {seed}")
    for _ in range(150):
        broken = bytearray(data)
        for _ in range(rng.choice([1, 3, 30])):
            at = int(len(data) * rng.random() ** rng.choice([1, 4]))
            broken[at : at + rng.choice([1, 2, 40])] = rng.randbytes(rng.choice([0, 1, 2, 40]))
        if bytes(broken) != data:
            try:
                assert not _verify(tmp_path, bytes(broken), story).passed
            except NotABundle:
                continue


def test_a_missing_file_and_a_folder_are_named(story, tmp_path):
    for path in (tmp_path / "absent.residency", tmp_path):
        with pytest.raises(BundleMissing):
            verify(path, read_keys(story.keys()))


def test_twenty_megabytes_are_verified_within_two_seconds_and_little_memory(tmp_path):
    story = Story()
    story.members["model/optimizer.bin"] = random.Random(1).randbytes(20 << 20)
    path = story.write(tmp_path / "big.residency")
    began = stopwatch()
    assert verify(path, read_keys(story.keys("okafor"))).passed
    assert stopwatch() - began < 2
    tracemalloc.start()
    assert verify(path, read_keys(story.keys("okafor"))).passed
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4 << 20


def test_a_member_that_could_be_taken_for_another_is_not_written(tmp_path):
    key = Key("liver.example")
    for names in (["../x"], ["index.json"], ["a", "a"], ["A", "a"], ["a\nb"], [""]):
        with pytest.raises(BundleMemberRefused):
            write_bundle(tmp_path / "x.residency", [Member(name, "text", b"") for name in names], key)
    with pytest.raises(BundleMemberRefused):
        write_bundle(tmp_path / "x.residency", [Member("a", "json", b'{"b": 1}')], key)
    assert list(tmp_path.iterdir()) == []


def test_a_bundle_is_never_overwritten(good):
    before = good.read_bytes()
    with pytest.raises(BundleExists):
        write_bundle(good, [json_member("a", {})], Key("liver.example"))
    assert good.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no key of a site"),
        ("# nothing\n", "no key of a site"),
        ("nonsense", "Line 1"),
        ("a+00000000+" + "A" * 44, "Line 1"),
        ("é+é+é", "Line 1"),
    ],
)
def test_a_key_file_that_cannot_be_used_is_refused_by_line(text, says):
    with pytest.raises(KeyFileMalformed, match=says):
        read_keys(text)


def test_one_name_with_two_keys_is_refused():
    with pytest.raises(KeyFileMalformed, match="second time"):
        read_keys(f"{Key('liver.example').public}\n{Key('liver.example', 'other').public}\n")


def test_the_exit_code_says_whether_to_rely_on_a_bundle(good, story, tmp_path, capsys):
    keys = tmp_path / "keys.txt"
    keys.write_text(story.keys("okafor"))
    assert main([str(good), "--key", str(keys)]) == 0
    assert main([str(good), "--key", str(keys), "--json"]) == 0
    broken = tmp_path / "broken.residency"
    broken.write_bytes(good.read_bytes().replace(b'"bit_equal":true', b'"bit_equal":null'))
    assert main([str(broken), "--key", str(keys)]) == 7
    assert main([str(tmp_path / "absent"), "--key", str(keys)]) == 4
    assert main([str(good), "--key", str(good)]) == 2
    assert "records/proof/proof-1.json, field /bit_equal: changed" in " ".join(capsys.readouterr().out.split())
