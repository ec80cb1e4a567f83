"""Recipes: composed from profiles, strict about every word."""

import pytest

from residency.deid.recipe import RecipeUnknown, RecipeWrong, load_recipe, recipe_names


def test_profiles_join_in_their_order_and_the_digest_says_so() -> None:
    basic, shifted = load_recipe("basic"), load_recipe("basic", "shift-dates")
    assert shifted.name == "basic+shift-dates"
    assert shifted.options == ("retain_longitudinal_modified_dates",)
    assert basic.digest() != shifted.digest()
    assert shifted.digest() == load_recipe("basic", "shift-dates").digest()
    assert "basic" in recipe_names()


def test_a_wrong_name_is_answered_with_the_right_one() -> None:
    with pytest.raises(RecipeUnknown, match="Did you mean 'shift-dates'"):
        load_recipe("basic", "shift-date")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("name: x\nversion: 1\nprofile: [basic]\n", "Did you mean 'profiles'"),
        ("name: x\nversion: 0\nprofiles: [basic]\n", "version"),
        ("name: x\nversion: 1\nprofiles: [basic]\noptions: [retain_uid]\n", "Did you mean 'retain_uids'"),
        ("name: x\nversion: 1\nprofiles: [basic]\noptions: [clean_pixel_data]\n", "not done here"),
        ("name: x\nversion: 1\nprofiles: [basic]\npasses: [clean_everything]\n", "not done here"),
        ("name: x\nversion: 1\nprofiles: [basic]\noptions: [retain_safe_private]\n", "none is listed"),
        ("name: x\nversion: 1\noptions: []\n", "leaves out 'basic'"),
        ("name: x\nversion: 1\n  bad: [\n", "line 3"),
        ("- a\n- b\n", "no mapping"),
        ("name: x\nversion: 1\nprofiles: [basic]\noverrides: [{tag: 'x', action: K, because: a good reason}]\n", "tag"),
        ("name: x\nversion: 1\nprofiles: [basic]\noverrides: [{tags: 'x'}]\n", "Did you mean 'tag'"),
        ("name: x\nversion: 1\nprofiles: [basic, shift-dates]\noptions: [retain_longitudinal_full_dates]\n", "Dates"),
    ],
)
def test_every_wrong_line_is_named(tmp_path, text: str, said: str) -> None:
    path = tmp_path / "site.yaml"
    path.write_text(text)
    with pytest.raises(RecipeWrong, match=said):
        load_recipe(path)


def test_a_missing_file_is_said_to_be_missing(tmp_path) -> None:
    with pytest.raises(RecipeUnknown):
        load_recipe(tmp_path / "nowhere.yaml")


def test_an_override_changes_one_row(tmp_path) -> None:
    path = tmp_path / "site.yaml"
    row = "{tag: '0018,1030', action: X, because: protocols name people here}"
    path.write_text(f"name: site\nversion: 2\nprofiles: [basic]\noverrides: [{row}]\n")
    recipe = load_recipe(path)
    assert recipe.overrides[0].tag == "0018,1030"
    assert recipe.versions == (("basic", 1), ("site", 2))
