"""Identifiers of nobody in a copy of FHIR: narrative, extensions, contained resources, displays, attached documents.

    sown = plant_fhir("bundle.ndjson", data, draw)

Every resource keeps its id and its subject. A `Patient` gets an invented name and telephone in their own elements,
which the harvest reads as real ones. Not here: cleaning (`folders.examining`).
"""

import base64
import json
import random
from typing import Any

from residency.deid.exam.in_notes import sayings
from residency.deid.exam.sown import Seed, Sown, mail_of, spoken
from residency.deid.exam.stranger import Stranger, invented, parts

_RESOURCES = 8
_DOCUMENTS = {"DocumentReference": "content", "DiagnosticReport": "presentedForm"}


def plant_fhir(name: str, data: bytes, draw: random.Random) -> Sown | None:
    """None where the file is neither one resource or bundle of them nor lines of them."""
    try:
        text = data.decode("utf-8-sig")
        try:
            whole = [json.loads(text)]
        except ValueError:
            whole = [json.loads(line) for line in text.splitlines() if line.strip()]
        found = [one for top in whole for one in _resources(top)]
    except (UnicodeDecodeError, ValueError, AttributeError, TypeError):
        return None
    if not found:
        return None
    seeds = [seed for one in draw.sample(found, min(_RESOURCES, len(found))) for seed in _into(one, draw)]
    return Sown(name, "".join(f"{json.dumps(one)}\n" for one in whole).encode(), tuple(seeds))


def _resources(top: dict[str, Any]) -> list[dict[str, Any]]:
    if top.get("resourceType") != "Bundle":
        return [top]
    return [entry["resource"] for entry in top.get("entry", []) if "resource" in entry]


def _into(one: dict[str, Any], draw: random.Random) -> list[Seed]:
    """Plant one person into a resource."""
    who = invented({}, draw)
    kind, sentence, words = draw.choice(sayings(who, draw))
    name, kin = spoken(who.name), spoken(who.kin)
    one["text"] = {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{sentence}</div>'}
    one.setdefault("extension", []).append({"url": "http://site.example/contact", "valueString": mail_of(who)})
    seeds = [Seed(kind, "narrative", words), Seed("mail", "extension", (mail_of(who),))]
    if one.get("resourceType") == "Patient":
        family, given = parts(who.name)[:2]
        one["name"] = [{"family": family, "given": [given]}]
        one["telecom"] = [{"system": "phone", "value": who.phone}]
        return [*seeds, Seed("name", "element", (family, given)), Seed("phone", "element", (who.phone,))]
    if one.get("resourceType") in _DOCUMENTS:
        seeds.append(_attached(one, who, draw))
    one.setdefault("contained", []).append({"resourceType": "RelatedPerson", "id": "kin", "name": [{"text": kin}]})
    seeds.append(Seed("kin", "contained", tuple(kin.split())))
    if isinstance(one.get("subject"), dict):
        one["subject"]["display"] = name
        seeds.append(Seed("name", "display", tuple(name.split())))
    return seeds


def _attached(one: dict[str, Any], who: Stranger, draw: random.Random) -> Seed:
    """A plain text in base64, as reports come."""
    kind, sentence, words = draw.choice(sayings(who, draw))
    attachment = {"contentType": "text/plain", "data": base64.b64encode(sentence.encode()).decode()}
    field = _DOCUMENTS[one["resourceType"]]
    one.setdefault(field, []).append({"attachment": attachment} if field == "content" else attachment)
    return Seed(kind, "attachment", words)
