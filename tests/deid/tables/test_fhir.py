"""FHIR loses its names: nothing planted comes out, and every reference still leads where it led."""

import base64
import io
import json
import re
from datetime import date, timedelta

import pytest

from residency.deid.tables.fhir import clean_fhir
from residency.deid.tables.fhir_harvest import harvest_fhir
from tests.deid.tables.desks import Vault, desk, mask
from tests.deid.tables.population import HOUSE, bundle, clinical, house, patient, population, reference

SEED = 20261130
DAY = re.compile(r"(?<![0-9a-f-])\d{4}-\d\d(?![0-9a-f])")


@pytest.fixture(scope="module")
def people():
    return population(SEED, 15)


def cleaned(source: bytes, at, harvest=None):
    sink = io.BytesIO()
    outcome = clean_fhir(io.BytesIO(source), sink, at, harvest)
    assert outcome.received == outcome.released + len(outcome.held)
    return outcome, sink.getvalue()


def one(resource: dict, person, at=None):
    """One resource cleaned beside its Patient."""
    named = {**resource, "subject": reference(person, 0)} if "subject" in resource else resource
    lines = "\n".join(json.dumps(line) for line in (patient(person), named))
    outcome, out = cleaned(lines.encode(), at or desk())
    got = [json.loads(line) for line in out.decode().splitlines()]
    return outcome, next((line for line in got if line["resourceType"] == resource["resourceType"]), None)


def decoded(out: bytes) -> str:
    """The bytes as text, with all that stands in base 64 behind them."""
    text = out.decode()
    runs = re.findall(r"[A-Za-z0-9+/]{16,}={0,2}", text)
    return text + "".join(base64.b64decode(run + "===").decode("latin-1") for run in runs if len(run) % 4 != 1)


@pytest.mark.parametrize("form", ["bundle", "lines"])
@pytest.mark.parametrize("safe_harbor", [False, True], ids=["keyed", "safe-harbor"])
def test_nothing_that_was_planted_comes_out_of_a_population(people, form, safe_harbor):
    print(f"seed {SEED}")
    whole = bundle(people)
    lines = "\n".join(json.dumps(entry["resource"]) for entry in whole["entry"])
    source = json.dumps(whole) if form == "bundle" else lines
    at = desk(Vault() if safe_harbor else None, text=mask)
    outcome, out = cleaned(source.encode(), at)
    expected = 0 if form == "bundle" else sum(line.count('"urn:uuid:') for line in lines.split("\n"))
    assert len(outcome.held) == expected, "only in a Bundle does an entry say which UUID is whose"
    text = decoded(out).lower()
    planted = [literal for who in [*people, HOUSE] for literal in who.literals]
    assert [literal for literal in planted if literal.lower() in text] == []
    assert "sovwim" not in text
    assert "37.77" not in text
    assert ("text of" in text) is True
    if safe_harbor:
        assert DAY.findall(out.decode()) == []


@pytest.mark.parametrize("safe_harbor", [False, True], ids=["keyed", "safe-harbor"])
def test_every_reference_leads_where_it_led(people, safe_harbor):
    at = desk(Vault() if safe_harbor else None)
    _, out = cleaned(json.dumps(bundle(people)).encode(), at)
    before, after = bundle(people)["entry"], json.loads(out)["entry"]
    assert len(before) == len(after)
    told, now = _targets(before), _targets(after)
    checked = 0
    for old, new in zip(before, after, strict=True):
        for path, url in _references(old["resource"]):
            if url.startswith("#"):
                continue
            got = dict(_references(new["resource"]))[path]
            assert now[_bare(got)] == told[_bare(url)], "the reference leads to the entry at the same place"
            checked += 1
    assert checked > 450


def _references(value, path=()):
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield path, value["reference"]
        for key, inner in value.items():
            if key != "contained":
                yield from _references(inner, (*path, key))
    elif isinstance(value, list):
        for number, inner in enumerate(value):
            yield from _references(inner, (*path, number))


def _targets(entries):
    """Where in the Bundle every address leads."""
    places = {}
    for number, entry in enumerate(entries):
        resource = entry["resource"]
        places[f"{resource['resourceType']}/{resource['id']}"] = number
        places[entry["fullUrl"]] = number
        for said in resource.get("identifier", []):
            places[f"{resource['resourceType']}?identifier={said['system']}|{said['value']}"] = number
    return places


def _bare(url):
    if url.startswith("https://"):
        return "/".join(url.split("/fhir/")[1].split("/")[:2])
    return url


def test_a_contained_practitioner_is_cleaned_by_its_own_rules_and_still_referred_to(people):
    _, condition = one(clinical(people[1])[1], people[1])
    assert [inner["resourceType"] for inner in condition["contained"]] == ["Practitioner"]
    assert condition["asserter"] == {"reference": f"#{condition['contained'][0]['id']}"}
    assert set(condition["contained"][0]) == {"resourceType", "id"}


def test_intervals_between_all_dates_of_a_subject_survive_where_dates_move(people):
    _, out = cleaned(json.dumps(bundle(people)).encode(), desk())
    after = json.loads(out)["entry"]
    by_subject: dict[str, set[int]] = {}
    for old, new in zip(bundle(people)["entry"], after, strict=True):
        for path in (("onsetDateTime",), ("period", "start"), ("effectiveDateTime",), ("issued",), ("birthDate",)):
            stood, stands = _at(old["resource"], path), _at(new["resource"], path)
            if stood is None or stands is None or len(stood) < 10:
                continue
            assert stood[10:] == stands[10:], "the time of day, the zone and the form stay"
            days = (date.fromisoformat(stands[:10]) - date.fromisoformat(stood[:10])).days
            who = new["resource"]["id"] if "birthDate" in path else _subject_of(old["resource"], people)
            by_subject.setdefault(str(who), set()).add(days)
    assert len(by_subject) >= 2 * len(people) - len(people) // 7 - 2
    assert all(len(shifts) == 1 for shifts in by_subject.values())


def _subject_of(resource, people):
    url = resource["subject"]["reference"]
    return next(p.number for p in people if p.fhir_id in url or p.uuid in url or p.mrn in url)


def _at(value, path):
    for step in path:
        value = value.get(step) if isinstance(value, dict) else None
    return value


def test_partial_dates_stay_as_coarse_as_they_were(people):
    _, report = one(clinical(people[1])[4], people[1])
    assert re.fullmatch(r"\d{4}-\d\d", report["effectiveDateTime"])


def test_who_is_over_89_has_no_birth_date_and_ages_of_90(people):
    old, young = people[0], people[1]
    assert old.born + timedelta(days=365 * 90 + 23) < date(2025, 1, 1)
    for at in (desk(), desk(Vault())):
        _, shown = one(patient(old), old, at)
        assert "birthDate" not in shown
        _, shown = one(patient(young), young, at)
        assert len(shown["birthDate"]) == (4 if shown["birthDate"] == str(young.born.year) else 10)
        aged = {**clinical(old)[2], "valueQuantity": {"value": 94, "unit": "a", "code": "a"}}
        _, shown = one(aged, old, at)
        assert (shown["valueQuantity"]["value"], shown["valueQuantity"]["comparator"]) == (90, ">=")
        aged["valueQuantity"] = {"value": 1128, "unit": "mo", "code": "mo"}
        _, shown = one(aged, old, at)
        assert (shown["valueQuantity"]["value"], shown["valueQuantity"]["code"]) == (90, "a")
        aged["code"] = {"coding": [{"system": "http://loinc.org", "code": "99999-9"}]}  # no list knows it
        _, shown = one({**aged, "valueQuantity": {"value": 94, "unit": "years"}}, old, at)
        assert shown["valueQuantity"]["value"] == 90
        _, shown = one({**aged, "valueQuantity": {"value": 94, "unit": "mg"}}, old, at)
        assert shown["valueQuantity"]["value"] == 94


def test_a_zip_code_becomes_three_digits_and_nothing_where_few_live(people):
    seen = {}
    for person in people:
        _, shown = one(patient(person), person)
        seen[person.zip] = shown["address"][0].get("postalCode")
        assert set(shown["address"][0]) <= {"state", "postalCode", "country"}
    assert seen == {z: seen[z] for z in seen} | {
        z: want
        for z, want in {
            "03601": "000",
            "89301-1234": "000",
            "94110-2231": "941",
            "60614": "606",
            "82101": "000",
        }.items()
        if z in seen
    }
    assert len(seen) >= 4


def test_race_stays_and_its_free_text_is_written_anew(people):
    _, shown = one(patient(people[1]), people[1])
    assert [part["url"] for part in shown["extension"][0]["extension"]] == ["ombCategory", "text"]
    assert shown["extension"][0]["extension"][1]["valueString"] == "White"
    assert len(shown["extension"]) == 1


def test_an_attached_text_goes_through_the_cleaner_and_everything_else_goes(people):
    _, shown = one(clinical(people[1])[3], people[1], desk(text=mask))
    text, pdf = (content["attachment"] for content in shown["content"])
    assert base64.b64decode(text["data"]).decode().startswith("text of ")
    assert "url" not in text
    assert pdf == {"contentType": "application/pdf"}
    _, shown = one(clinical(people[1])[3], people[1])
    assert "data" not in json.dumps(shown)


def test_what_a_careless_cleaner_lets_through_is_found_and_held_back(people):
    source = "\n".join(json.dumps(line) for line in [patient(people[1]), *house(), *clinical(people[1])])
    outcome, out = cleaned(source.encode(), desk(text=lambda text, _alias, _known: text))
    assert {held.reason.code for held in outcome.held} == {"RESIDUAL", "NO-SUBJECT"}
    assert [word for word in people[1].literals if word.lower() in decoded(out).lower()] == []


def test_a_display_that_names_the_subject_goes_and_one_of_the_code_system_stays(people):
    person = people[1]
    condition = clinical(person)[1]
    _, shown = one(condition, person)
    assert shown["code"]["coding"] == [condition["code"]["coding"][0]]
    assert shown["code"]["text"] == condition["code"]["text"]
    condition["code"]["coding"][0]["display"] = f"Asthma of {person.family}"
    _, shown = one(condition, person)
    assert set(shown["code"]["coding"][0]) == {"system", "code"}
    assert "text" not in shown["code"]


def test_a_code_that_does_not_fit_its_system_and_a_social_security_number_as_code_go(people):
    condition = clinical(people[1])[1]
    condition["code"] = {
        "coding": [
            {"system": "http://snomed.info/sct", "code": "Smith"},
            {"system": "http://hl7.org/fhir/sid/us-ssn", "code": people[1].ssn},
            {"system": "http://terminology.hl7.org/CodeSystem/x?name=Smith", "code": "a"},
        ]
    }
    _, shown = one(condition, people[1])
    assert "code" not in shown


def test_a_word_that_r4_does_not_know_does_not_stay_as_a_status(people):
    _, shown = one({**clinical(people[1])[2], "status": "smith"}, people[1])
    assert "status" not in shown


def test_a_type_without_rules_and_one_whose_meaning_hangs_on_an_extension_are_held_back(people):
    person = people[1]
    group = {"resourceType": "Questionnaire", "id": "q", "title": person.family}
    turned = {**clinical(person)[1], "modifierExtension": [{"url": "http://x", "valueBoolean": True}]}
    implicit = {**clinical(person)[2], "implicitRules": "http://x"}
    for resource in (group, turned, implicit):
        outcome, shown = one(resource, person)
        assert [held.reason.code for held in outcome.held] == ["OBJECT-NOT-SUPPORTED"]
        assert shown is None
        assert person.family not in repr(outcome)


def test_whose_record_nobody_knows_is_held_back(people):
    person = people[1]
    outcome, shown = one(clinical(person)[0], person, desk(unknown=frozenset([person.fhir_id])))
    assert [held.reason.code for held in outcome.held] == ["NO-SUBJECT", "NO-SUBJECT"]
    assert shown is None


def test_two_ids_that_differ_only_in_case_do_not_become_one(people):
    person = people[1]
    first, second = clinical(person)[0], clinical(person)[0]
    first["id"], second["id"] = "abc", "ABC"
    source = "\n".join(json.dumps(line) for line in (patient(person), first, second))
    outcome, _ = cleaned(source.encode(), desk())
    assert [held.reason.code for held in outcome.held] == ["DUPLICATE"]


def test_a_binary_is_whose_document_refers_to_it(people):
    person = people[1]
    document = clinical(person)[3]
    document["content"] = [{"attachment": {"contentType": "text/plain", "url": "https://x.example/fhir/Binary/bin1"}}]
    binary = {"resourceType": "Binary", "id": "bin1", "contentType": "text/plain"}
    binary["data"] = base64.b64encode(b"He went home.").decode()
    source = "\n".join(json.dumps(line) for line in (patient(person), document, binary))
    _, out = cleaned(source.encode(), desk(text=mask))
    lines = [json.loads(line) for line in out.decode().splitlines()]
    assert lines[1]["content"][0]["attachment"]["url"] == f"Binary/{lines[2]['id']}"
    assert base64.b64decode(lines[2]["data"]).startswith(b"text of 3 words")


def test_the_files_of_a_bulk_export_know_of_each_other(people):
    person = people[1]
    files = [json.dumps(patient(person)).encode(), json.dumps(clinical(person)[1]).encode()]
    found = harvest_fhir([io.BytesIO(file) for file in files])
    _, first = cleaned(files[0], desk(), found)
    careless = desk(text=lambda text, _alias, _known: text)
    outcome, _ = cleaned(files[1], careless, found)
    assert [held.reason.code for held in outcome.held] == ["RESIDUAL"]
    _, second = cleaned(files[1], desk(), found)
    assert json.loads(second)["subject"]["reference"] == f"Patient/{json.loads(first)['id']}"


def test_a_code_of_one_subject_alone_is_flagged(people):
    rare = clinical(people[1])[1]
    rare["id"], rare["code"] = "rare", {"coding": [{"system": "http://snomed.info/sct", "code": "230271000"}]}
    lines = [line for person in people for line in (patient(person), *clinical(person))] + [rare]
    outcome, _ = cleaned("\n".join(map(json.dumps, lines)).encode(), desk())
    assert ("http://snomed.info/sct", "230271000") in outcome.rare
    assert ("http://snomed.info/sct", "44054006") not in outcome.rare
