"""The elements of one FHIR resource, each cleaned by its kind; what no rule names is left behind.

    work = Work(desk, links, subject, "Observation", counts)
    new = work.resource(original)          raises Withheld where an element would change the meaning of what stays

Texts go through the desk's cleaner, displays stay where the code system is public and they name nobody, attachments are
decoded. `work.minted` are the words that were written anew. Not here: whose resource it is, Bundles, the last search
(`fhir`), references (`references`).
"""

import base64
import binascii
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from residency.deid.tables import kinds
from residency.deid.tables.fhir_rules import Rule, rules
from residency.deid.tables.fhir_values import CLOSED, LISTED, age_capped, ages_capped, mime, plain, time_of_day
from residency.deid.tables.references import Links, listed, rest_of
from residency.deid.tables.subjects import Desk, Subject
from residency.deid.wording import normal
from residency.errors import BadInput

_UNIT = re.compile(r"[A-Za-zµ%°/\[\]{}()^*.0-9 _'-]{1,24}")


class Withheld(BadInput):
    """A resource whose meaning hangs on an element that may not stay."""


@dataclass(slots=True)
class Work:
    """The cleaning of one resource; `counts` adds up over a file."""

    desk: Desk = field(repr=False)
    links: Links = field(repr=False)
    subject: Subject | None
    kind: str
    counts: Counter
    own_id: str = field(default="", repr=False)
    minted: set[str] = field(default_factory=set, repr=False)
    contained: dict[str, str] = field(default_factory=dict, repr=False)
    within: dict[str, dict] = field(default_factory=dict, repr=False)

    def resource(self, original: Mapping[str, Any]) -> dict[str, Any]:
        """The resource with what may stay, under a new id."""
        if "implicitRules" in original:
            raise Withheld("A resource follows implicit rules, which this product does not know.")
        self.own_id = str(original.get("id", ""))
        self.within = contained_of(original)
        for name, one in self.within.items():
            if one.get("resourceType") in rules().resources.keys() - {"Patient"}:
                thing = self.desk.names.thing("contained", f"{self.kind}/{self.own_id}#{name}")
                self.contained[name] = self._mint(thing)
        made: dict[str, Any] = {"resourceType": self.kind}
        if isinstance(original.get("id"), str):
            new = self.links.id_of(self.kind, original["id"])
            made |= {"id": self._mint(new)} if new else {}
        body = self._object(original, rules().resources[self.kind], self.kind, {"resourceType", "id"}) or {}
        return ages_capped({**made, **body})

    def _object(
        self, value: Mapping[str, Any], rule: Mapping[str, Rule], where: str, known: set[str] | None = None
    ) -> dict[str, Any] | None:
        if "modifierExtension" in value:
            raise Withheld("A resource holds a modifier extension, without which the rest would mean something else.")
        made: dict[str, Any] = {}
        for name, inner in value.items():
            if known and name in known:
                continue
            new = self._value(inner, rule[name], f"{where}.{name}") if name in rule else None
            if new is not None:
                made[name] = new
            # A name that no rule knows may be anything, a patient's too: it is not repeated.
            listed_as = f"{where}.{name}" if name in rule else f"{where}.(not listed)"
            self.counts[listed_as, "removed" if new is None else "kept"] += 1
        return made or None

    def _value(self, value: Any, rule: Rule, where: str) -> Any:
        if rule in ("contained", "extension"):
            return (self._contained if rule == "contained" else self._extensions)(listed(value))
        if isinstance(value, list):
            return [new for one in value if (new := self._value(one, rule, where)) is not None] or None
        if not isinstance(rule, str):
            return self._object(value, rule, where) if isinstance(value, dict) else None
        if rule in CLOSED:
            new = CLOSED[rule](value) if isinstance(value, str) else None
            return self._mint(new) if new and rule in LISTED else new
        if rule in ("number", "boolean"):
            return plain(value, rule)
        return _BY_KIND.get(rule, Work._by_table)(self, value, rule)

    def _by_table(self, value: Any, kind: str) -> Any:
        action = kinds.action_of(kind, years_only=self.subject is None or self.subject.years_only)
        return _BY_ACTION[action](self, value) if action in _BY_ACTION else None

    def _mint(self, text: str) -> str:
        self.minted.add(text)
        return text

    def _date(self, value: Any) -> str | None:
        if self.subject is None or not isinstance(value, str):
            return None
        new = self.subject.alias.dates.text(value)
        return self._mint(new) if new else None

    def _birth(self, value: Any) -> str | None:
        return None if self.subject is None or self.subject.over_89 else self._date(value)

    def _text(self, value: Any) -> str | None:
        if self.subject is None or not isinstance(value, str):
            return None
        return self.desk.text(value, self.subject.alias, self.subject.known) or None

    def _time(self, value: Any) -> str | None:
        return time_of_day(value) if isinstance(value, str) else None

    def _coding(self, value: Any, _: str) -> dict[str, Any] | None:
        if not isinstance(value, dict) or not rules().code_fits(value.get("system"), value.get("code")):
            return None
        made = {"system": value["system"], "code": value["code"]}
        display = value.get("display")
        if isinstance(display, str) and self.subject is not None and self.subject.seeker.is_clean(display):
            made["display"] = display
        return made

    def _concept(self, value: Any, _: str) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            return None
        if "modifierExtension" in value:
            raise Withheld("A resource holds a modifier extension, without which the rest would mean something else.")
        codings = [new for one in listed(value.get("coding")) if (new := self._coding(one, "")) is not None]
        made: dict[str, Any] = {"coding": codings} if codings else {}
        text = value.get("text")
        if isinstance(text, str):
            same = any(normal(text) == normal(one.get("display", "")) for one in codings)
            new = text if same else self._text(text)
            made |= {"text": new} if new else {}
        return made or None

    def _identifier(self, value: Any, _: str) -> dict[str, Any] | None:
        made = self.links.identifier(value) if isinstance(value, dict) else None
        if made:
            self.minted.update(made.values())
        return made

    def _reference(self, value: Any, _: str) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            return None
        url, made = value.get("reference"), {}
        if isinstance(url, str):
            new = self._local(url) if url.startswith("#") else self.links.rewritten(url)
            if new is None and (patient := self.links.patient_of(value)) is not None:
                new = self.links.rewritten(f"Patient/{patient}")
            made |= {"reference": self._mint(new)} if new else {}
        identifier = self._identifier(value.get("identifier"), "")
        if identifier and not made:
            made["identifier"] = identifier
        if made and isinstance(value.get("type"), str) and value["type"] in rules().resources:
            made["type"] = value["type"]
        return made or None

    def _local(self, url: str) -> str | None:
        if url == "#":
            return url
        new = self.contained.get(url[1:])
        if new is not None:
            return f"#{new}"
        patient = self.links.patient_of({"reference": url}, self.within)
        return self.links.rewritten(f"Patient/{patient}") if patient else None

    def _contained(self, values: list[Any]) -> list[dict] | None:
        made = []
        for one in values:
            name = one.get("id") if isinstance(one, dict) else None
            if not isinstance(name, str) or name not in self.contained:
                continue
            inner = Work(self.desk, self.links, self.subject, one["resourceType"], self.counts)
            inner.minted, inner.contained, inner.within = self.minted, self.contained, self.within
            rule = {key: rule for key, rule in rules().resources[inner.kind].items() if key != "contained"}
            body = inner._object(one, rule, inner.kind, {"resourceType", "id"}) or {}
            made.append(ages_capped({"resourceType": inner.kind, "id": self.contained[name], **body}))
        return made or None

    def _extensions(self, values: list[Any]) -> list[dict] | None:
        if self.kind not in rules().extended:
            return None
        made = [new for one in values if isinstance(one, dict) and (new := self._extension(one)) is not None]
        return made or None

    def _extension(self, value: Mapping[str, Any]) -> dict[str, Any] | None:
        url = value.get("url")
        rule = rules().extensions.get(url) if isinstance(url, str) else None
        if rule == "valueCode":
            code = self._value(value.get("valueCode"), "code", "Extension")
            return {"url": self._mint(str(url)), "valueCode": code} if code else None
        if not isinstance(rule, Mapping):
            return None
        parts, displays = [], []
        for one in listed(value.get("extension")):
            coded = isinstance(one, dict) and rule.get(str(one.get("url"))) == "valueCoding"
            coding = self._coding(one.get("valueCoding"), "") if coded else None
            if coding:
                parts.append({"url": self._mint(one["url"]), "valueCoding": coding})
                displays.append(coding.get("display", coding["code"]))
        if displays and "text" in rule:  # US Core asks for a text beside the codes: what the codes say
            parts.append({"url": "text", "valueString": ", ".join(displays)})
        return {"url": self._mint(str(url)), "extension": parts} if parts else None

    def _attachment(self, value: Any, _: str) -> dict[str, Any] | None:
        if not isinstance(value, dict):
            return None
        made: dict[str, Any] = {}
        media = mime(value["contentType"]) if isinstance(value.get("contentType"), str) else None
        made |= {"contentType": media} if media else {}
        data = self._decoded(value.get("data")) if media == "text/plain" else None
        made |= {"data": data} if data else {}
        binary = rest_of(value["url"]) if isinstance(value.get("url"), str) else None
        if binary and binary[0] == "Binary":
            made["url"] = self._mint(f"Binary/{self.links.id_of(*binary)}")
        for name, new in (("title", self._text(value.get("title"))), ("creation", self._date(value.get("creation")))):
            made |= {name: new} if new else {}
        self.counts["Attachment", "removed" if "data" in value and not data else "cleaned"] += 1
        return made or None

    def _decoded(self, data: Any) -> str | None:
        """Text that stands in base 64, cleaned and encoded again; anything else goes."""
        if not isinstance(data, str):
            return None
        try:
            text = base64.b64decode(re.sub(r"\s", "", data), validate=True).decode("utf-8-sig")
        except (binascii.Error, UnicodeDecodeError, ValueError):
            return None
        new = self._text(text)
        return base64.b64encode(new.encode("utf-8")).decode("ascii") if new else None

    def _data(self, value: Any, _: str) -> str | None:
        return self._decoded(value)

    def _unit(self, value: Any, _: str) -> str | None:
        if not isinstance(value, str) or not _UNIT.fullmatch(value):
            return None
        return value if self.subject is None or self.subject.seeker.is_clean(value) else None

    def _uid(self, value: Any, _: str) -> str | None:
        if not isinstance(value, str):
            return None
        return self._mint(self.desk.names.uid(value.removeprefix("urn:oid:")))

    def _age(self, value: Any, _: str) -> dict[str, Any] | None:
        made = self._value(value, _QUANTITY, "Age") if isinstance(value, dict) else None
        return age_capped(made) if made else None


_QUANTITY: Mapping[str, Rule] = {
    "value": "number",
    "comparator": "code",
    "unit": "unit",
    "system": "system",
    "code": "unit",
}
_BY_KIND: Mapping[str, Callable[[Work, Any, str], Any]] = {
    "Coding": Work._coding,
    "CodeableConcept": Work._concept,
    "Identifier": Work._identifier,
    "Reference": Work._reference,
    "Attachment": Work._attachment,
    "Age": Work._age,
    "data": Work._data,
    "uid": Work._uid,
    "unit": Work._unit,
}
_BY_ACTION: Mapping[str, Callable[[Work, Any], Any]] = {
    "year": Work._date,
    "move": Work._date,
    "birth": Work._birth,
    "clean": Work._text,
    "keep-time": Work._time,
}


def contained_of(resource: Mapping[str, Any]) -> dict[str, dict]:
    """The resources that another one contains, by their ids in it."""
    within = [one for one in listed(resource.get("contained")) if isinstance(one, dict)]
    return {one["id"]: one for one in within if isinstance(one.get("id"), str)}
