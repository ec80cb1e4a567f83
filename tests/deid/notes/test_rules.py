"""Rules by form and by what stands beside: numbers, places, people, ages; and what only looks like them."""

import pytest

from residency.deid.notes.ages import find_ages
from residency.deid.notes.institutions import find_institutions
from residency.deid.notes.numbers import find_numbers
from residency.deid.notes.people import find_people
from residency.deid.notes.places import find_places
from residency.deid.notes.spans import KINDS, LETTERS, Span, union


def said(text: str, spans) -> set[tuple[str, str]]:
    return {(span.kind, text[span.start : span.end].strip()) for span in spans}


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("MRN: 00-44-718", "record", "00-44-718"),
        ("MRN\n 889123", "record", "889123"),
        ("Medical Record Number 5512", "record", "5512"),
        ("Acct# 99812", "account", "99812"),
        ("Policy No. ZX-4471-02", "plan", "ZX-4471-02"),
        ("Medicare ID 1EG4-TE5-MK73", "plan", "1EG4-TE5-MK73"),
        ("Accession S23-12345", "id", "S23-12345"),
        ("Job#: 4421", "id", "4421"),
        ("DEA AB1234567", "licence", "AB1234567"),
        ("NPI 1234567890", "licence", "1234567890"),
        ("Driver's license: D448-1120", "licence", "D448-1120"),
        ("plate 7KLM221", "vehicle", "7KLM221"),
        ("license plate XK 4471", "vehicle", "XK 4471"),
        ("VIN 1HGCM82633A004352", "vehicle", "1HGCM82633A004352"),
        ("Serial No: PX-9913-A", "device", "PX-9913-A"),
        ("SSN 123-45-6789", "ssn", "123-45-6789"),
        ("last four 4471", "ssn", "4471"),
        ("call (555) 014-2277 x12", "phone", "(555) 014-2277 x12"),
        ("+44 20 7946 0958", "phone", "+44 20 7946 0958"),
        ("pager 4821", "phone", "4821"),
        ("Fax 555.123.4567", "fax", "555.123.4567"),
        ("write a.b@mail.example.org", "mail", "a.b@mail.example.org"),
        ("see https://x.example/y?id=4.", "url", "https://x.example/y?id=4"),
        ("from 10.20.30.40.", "ip", "10.20.30.40"),
        ("host 2001:db8::8a2e:370:7334", "ip", "2001:db8::8a2e:370:7334"),
        ("scanner 02:42:ac:11:00:02", "device", "02:42:ac:11:00:02"),
        ("UID 1.2.840.113619.2.55.3", "id", "1.2.840.113619.2.55.3"),
        ("number 48213377 on file", "id", "48213377"),
    ],
)
def test_a_number_is_known_by_its_label_or_form(text: str, kind: str, number: str) -> None:
    assert (kind, number) in said(text, find_numbers(text))


@pytest.mark.parametrize(
    "text",
    [
        "WBC 12000/uL and platelets 250,000",
        "BP 120/80, HR 72, SpO2 97%",
        "ICD-10 C50.911, CPT 99213, LOINC 12345-6",
        "NCT01234567",
        "call 2 hours later",
        "500-1000 mg",
        "L4-L5 and C5-6",
        "T2N0M0",
        "sugars 180-220",
        "x-ray of 3 views",
        "mr 5",
        "version 1.2.3",
        "K 3.5 Na 140 Cl 101",
    ],
)
def test_values_and_public_codes_are_nobodys_numbers(text: str) -> None:
    assert said(text, find_numbers(text)) == set()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("lives at 12 Elm St Apt 3, now", "12 Elm St Apt 3"),
        ("at 1220 NW 23rd Ave.", "1220 NW 23rd Ave."),
        ("P.O. Box 44", "P.O. Box 44"),
        ("moved to Toledo, OH 43604", "Toledo, OH 43604"),
        ("ZIP: 02139-4307", "02139-4307"),
        ("OX7 3TT", "OX7 3TT"),
        ("in room 612B", "612B"),
        ("bed 14", "14"),
        ("transferred to 4 West", "4 West"),
    ],
)
def test_a_place_is_known_by_its_form(text: str, place: str) -> None:
    assert ("place", place) in said(text, find_places(text))


def test_an_institution_is_taken_and_a_department_stays() -> None:
    text = "Mercy General Hospital, Our Lady of Sorrows Church, Cardiology Clinic, Emergency Department, the hospital."
    found = {name for _, name in said(text, find_institutions(text))}
    assert {"Mercy General Hospital", "Our Lady of Sorrows Church"} <= found
    assert not any("Cardiology" in name or "Emergency" in name for name in found)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("Dr. Ng saw her", "Ng"),
        ("Mrs. Hope Faith denies pain", "Hope Faith"),
        ("MR BROWN DENIES PAIN", "BROWN"),
        ("dr quillfeather was here", "quillfeather"),
        ("Name: LI, WEI A  DOB", "LI, WEI A"),
        ("Patient: van der Berg, Pieter", "van der Berg, Pieter"),
        ("JOHN MAY, MD", "JOHN MAY"),
        ("Electronically signed by Jane Q. O'Hara, M.D.", "Jane Q. O'Hara"),
        ("Sincerely,\n\nXqana Zulpitar", "Xqana Zulpitar"),
        ("her daughter Ana is here", "Ana"),
        ("sons Young-jae and Will", "Will"),
        ("spoke with Ngozi Okeke today", "Ngozi Okeke"),
        ("seen by mj.", "mj"),
        ("signed tb", "tb"),
        ("JD/tb\n", "JD/tb"),
        ("note ends. -TB", "TB"),
    ],
)
def test_a_name_is_known_by_what_stands_beside_it(text: str, name: str) -> None:
    assert ("name", name) in said(text, find_people(text))


@pytest.mark.parametrize(
    "text",
    [
        "Foley catheter placed",
        "daughter Reports pain",
        "Patient Denies pain",
        "seen by PT and OT",
        "Doctor aware",
        "Plan: Continue",
        "Attending: Pending",
        "given PO/IV",
        "To: be discussed",
        "May need oxygen",
    ],
)
def test_a_cue_before_an_ordinary_word_announces_nobody(text: str) -> None:
    assert said(text, find_people(text)) == set()


def test_ages_from_ninety_are_seen_in_figures_and_words_and_temperatures_are_not() -> None:
    text = "94F, aged ninety-four, nonagenarian, 94 y/o, Age: 91, died at 97, 102 year old, 95M, in her late 90s"
    assert len(find_ages(text)) == 9
    assert find_ages("temp 94F, 94 months, 97.9 F, 94 kg, O2 94%, HR 98, 89 y/o, 94 years ago, INR 92") == []


def test_every_kind_has_its_letter() -> None:
    assert set(LETTERS) == set(KINDS)
    assert set(LETTERS.values()) == set("ABCDEFGHIJKLMNOR")


def test_the_union_loses_nothing_and_the_surer_source_keeps_its_bounds() -> None:
    text = "Seen 03/04/2021 Quillfeather"
    spans = union([Span(0, 28, "name", "tagger"), Span(5, 15, "date", "date")], text)
    assert spans == [Span(0, 4, "name", "tagger"), Span(5, 15, "date", "date"), Span(16, 28, "name", "tagger")]
