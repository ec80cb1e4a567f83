"""The search of the tour finds what lies open, and takes no figure for a number of a patient."""

import json

import pytest

from residency.demo.search import search


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ('{"low":0.5725703153948987}', 0),
        ('{"mrn":"5394898"}', 1),
        ("x5394898", 1),
        ("15394898", 1),
        ("Dr.5394898", 1),
        ("1.2.840.5394898", 1),
        ("0.53948981", 0),
        ("0.57257031 5394898", 1),
    ],
)
def test_a_number_is_found_but_not_among_the_decimals_of_a_figure(tmp_path, text, hits):
    key = {"subjects": [{"identifiers": [{"value": "5394898"}]}], "defects": [], "external": {}}
    (tmp_path / "planted.json").write_text(json.dumps(key))
    (tmp_path / "site").mkdir()
    (tmp_path / "site/ledger.db").write_text(text)
    found = search([tmp_path / "site"], tmp_path / "planted.json")
    assert (found.hits, found.control_found) == (hits, True)
