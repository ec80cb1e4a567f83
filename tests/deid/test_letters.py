"""The letters of Safe Harbor are ticked only where they are true of everything that was released."""

import json
from collections import Counter

import pytest

from residency.deid.folders.clean import clean_folder
from residency.deid.folders.told import REPORT
from residency.deid.letters import letters_of, merged, nothing
from residency.deid.recipe import load_recipe
from residency.deid.report import report_of
from tests.deid.test_folder_mixed import crosswalk, hospital
from tests.ingest.export import export

ALL = list("ABCDEFGHIJKLMNOPQR")
YEARS, KEPT = (report_of([], load_recipe("basic", *more), drawn=True).letters for more in ((), ("keep-uids",)))
SHIFTED = report_of([], load_recipe("basic", "shift-dates")).letters


def ticked(letters) -> str:
    return "".join(letter for letter, one in letters.items() if one.ticked)


def test_images_with_drawn_codes_and_years_alone_meet_all_letters():
    letters = letters_of("dicom", Counter(), YEARS, drawn=True)
    assert ticked(letters) == "".join(ALL)
    assert "key" not in letters["H"].done + letters["R"].done


def test_uids_that_a_recipe_keeps_are_codes_of_their_subject():
    assert not letters_of("dicom", Counter(), KEPT, drawn=True)["R"].ticked
    assert letters_of("omop", Counter(), KEPT, drawn=True)["R"].ticked


def test_codes_under_a_key_and_shifted_dates_break_three_letters_in_every_kind():
    for kind in ("dicom", "nifti", "omop", "meds", "csv"):
        assert ticked(letters_of(kind, Counter(), SHIFTED, drawn=False)) == "ABDEFGIJKLMNOPQ"


def test_genotypes_break_the_last_letter_also_under_drawn_codes():
    letters = letters_of("genome", Counter(), YEARS, drawn=True)
    assert ticked(letters) == "ABCDEFGHIJKLMNOPQ"
    assert "Genotypes" in letters["R"].done


@pytest.mark.parametrize(
    ("kind", "counts"),
    [("note", {}), ("fhir", {}), ("omop", {("note_text", "clean"): 3}), ("csv", {("remarks", "clean"): 1})],
)
def test_free_text_that_stayed_breaks_every_letter_that_a_text_can_break(kind, counts):
    assert ticked(letters_of(kind, Counter(counts), YEARS, drawn=True)) == "Q"
    assert ticked(letters_of("omop", Counter({("note_text", "removed"): 3}), YEARS, drawn=True)) == "".join(ALL)


def test_a_letter_is_ticked_over_several_kinds_only_if_it_is_in_each_and_says_which_breaks_it():
    by_kind = {kind: letters_of(kind, Counter(), YEARS, drawn=True) for kind in ("dicom", "genome", "omop")}
    letters = merged(by_kind)
    assert list(letters) == ALL
    assert ticked(letters) == "ABCDEFGHIJKLMNOPQ"
    assert letters["R"].done.startswith("genomes: ")
    assert "images: " in letters["A"].done
    assert ticked(merged(by_kind | {"note": letters_of("note", Counter(), YEARS, drawn=True)})) == "Q"


def test_where_nothing_was_released_nothing_is_ticked():
    assert ticked(nothing(YEARS)) == ""


@pytest.mark.parametrize(("recipe", "told"), [(("basic",), ALL), (("basic", "shift-dates"), [*"ABDEFGIJKLMNOPQ"])])
def test_the_report_of_a_folder_of_images_says_what_its_names_are(tmp_path, recipe, told):
    clean_folder(export(tmp_path / "in", "MRN770011"), tmp_path / "out", recipe)
    said = json.loads((tmp_path / "out" / REPORT).read_text())
    assert [letter for letter, one in said["letters"].items() if one["ticked"]] == told
    assert said["safe_harbor"] is (recipe == ("basic",))


def test_the_report_of_a_mixed_folder_speaks_of_all_that_is_in_it(tmp_path):
    clean_folder(hospital(tmp_path), tmp_path / "out", ("basic",), crosswalk=crosswalk(tmp_path))
    said = json.loads((tmp_path / "out" / REPORT).read_text())
    assert set(said["letters_by_data"]) == {"dicom", "fhir", "note", "genome"}
    assert [letter for letter, one in said["letters"].items() if one["ticked"]] == ["Q"]
    assert "genomes: Genotypes" in said["letters"]["R"]["done"]
    assert not said["safe_harbor"]
