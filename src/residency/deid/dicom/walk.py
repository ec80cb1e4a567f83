"""Every element of a data set at every depth, by the plan of a recipe.

    walk = Walk(plan, …)
    walk.clean(elements, needs)      the elements that stay, changed as the plan says; `walk.counts` tells what was done

A tag decides what is done to it; the sequence that holds it only says whether it must be there (`needs`). What the
standard does not define goes, unless it is private and listed; so does a value whose VR contradicts the standard. A
value that is not of its kind leaves its element empty, as type 2 asks. Text is cleaned in the character set that is in
force where it stands, and written in it again. Not here: what the plan says (`actions`), pixel data (`picture`).
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from residency.deid.dicom.actions import Action, Rule
from residency.deid.dicom.content import as_it_was, silenced, silent, which_of
from residency.deid.dicom.descriptors import Clean, moved_dates
from residency.deid.dicom.elements import PIXEL_DATA, Element, read_items
from residency.deid.dicom.needs import NOTHING, VALUE, inside
from residency.deid.dicom.texts import decode, encode, encodings_of
from residency.deid.dicom.values import cap_age, dummy, padded, shift
from residency.deid.pseudonyms import Names

_SHAPES = {
    b"AS": b"0123456789DWMY \0",
    b"DS": b"0123456789+-.eE\\ \0",
    b"IS": b"0123456789+-\\ \0",
    b"TM": b"0123456789:.\\ \0",
    b"UI": b"0123456789.\\ \0",
}
"""All that may stand in values of these kinds: a name in a number's place is no number (PS3.5 6.2)."""
_DUMMIED = frozenset((b"AE", b"LO", b"LT", b"PN", b"SH", b"ST", b"UC", b"UR", b"UT"))
_ONE_VALUE = frozenset((b"LT", b"ST", b"UT"))
_WIDTHS = {b"AE": 16, b"CS": 16, b"LO": 64, b"SH": 16, b"ST": 1024, b"LT": 10240}
_CODE_SCHEME, _CONTENT = 0x00080102, 0x0040A730
_OPEN_SCHEMES = "ACR BARI BI CD8 DCM DCMUID FMA I10 I10P I9 I9C ISO3166_1 ISO639_1 ISO639_2 LN MDC NCIt NEU PUBCHEM_CID"
_OPEN = frozenset(f"{_OPEN_SCHEMES} RADELEMENT RADLEX RO RXNORM SCT SNM3 SRT UBERON UCUM UMLS UNS".encode().split())
"""Coding schemes of PS3.16 Table 8-1 whose meanings nobody writes by hand."""
_NONE: Mapping[int, bytes] = {}


@dataclass(slots=True)
class Walk:
    """One file's pass. `counts` maps (tag, action) to how often; `minted` is what was written anew."""

    plan: Mapping[int, Rule]
    items: Mapping[tuple[str, str, str], Action]
    private: Mapping[tuple[bytes, int, int], bytes]
    names: Names
    code: bytes
    days: int | None
    text: Clean
    counts: Counter = field(default_factory=Counter)
    minted: set[bytes] = field(default_factory=set)
    encodings: tuple[str, ...] = ()
    fixed: bool = False

    def clean(self, elements: list[Element], needs: Mapping[int, int] = NOTHING, depth: int = 0) -> list[Element]:
        """What stays of these elements; `needs` are the tags that must be there although the profile removes them."""
        out: list[Element] = []
        plan, counts, allowed, outer = self.plan, self.counts, _allowed(elements, self.private), self.encodings
        self.encodings = encodings_of(elements) or outer
        for element in elements:
            tag = element[0]
            rule = plan.get(tag)
            if rule is None:
                new, action = self._undefined(element, allowed, depth) if allowed else None, Action.KEEP
            elif element[1] not in rule.accepts:
                new, action = None, Action.REMOVE
            elif rule.action is Action.KEEP:
                new, action = self._kept(element, depth), Action.KEEP
            else:
                new, action = self._changed(element, elements, rule, depth)
                if new is None and tag in needs:
                    action = Action.DUMMY if needs[tag] == VALUE else Action.EMPTY
                    new = self._stand_in(element, action, depth)
            if new is not None:
                out.append(new)
            if new is None or action is not Action.KEEP:
                counts[tag, action if new is not None else Action.REMOVE] += 1
        self.encodings = outer
        return out

    def _undefined(self, element: Element, allowed: Mapping[int, bytes], depth: int) -> Element | None:
        """What the standard does not define stays only if it is private, listed, and what the recipe says it is."""
        tag, vr, value, at = element
        listed = allowed.get(tag)
        if listed is None:
            return None
        if vr == b"UN":
            vr, value = listed, read_items(value) if listed == b"SQ" else value
        return self._kept((tag, vr, value, at), depth) if vr == listed else None

    def _kept(self, element: Element, depth: int) -> Element | None:
        """The element as it is; a sequence with its items cleaned; no value if the value is not of its kind."""
        tag, vr, value, at = element
        if vr == b"SQ":
            needs = inside(tag)
            return tag, vr, [self.clean(item, needs, depth + 1) for item in value], at
        shape = _SHAPES.get(vr)
        if shape is not None and value.translate(None, shape):
            self.counts[tag, Action.EMPTY] += 1
            return tag, vr, b"", at
        if tag == PIXEL_DATA and depth:
            return None  # an icon or another picture of pixels that nobody has looked at
        return element

    def _changed(
        self, element: Element, beside: list[Element], rule: Rule, depth: int
    ) -> tuple[Element | None, Action]:
        tag, vr, value, at = element
        action, new = rule.action, None
        if action is Action.SHIFT:
            new = self._shifted(value, vr)
        elif action is Action.AGE:
            new = cap_age(value)
        elif action is Action.CLEAN:
            new = self._text(value, vr)
        elif action is Action.MEANING:
            if _scheme(beside) in _OPEN:
                return element, Action.KEEP
            new = self._text(value, vr)
        elif action is Action.CONTENT:
            return (tag, vr, self._content(value, depth), at), action
        if new is not None:
            return (tag, vr, new, at), Action.KEEP if action is Action.CLEAN and new == value else action
        if action in (Action.SHIFT, Action.AGE, Action.CLEAN, Action.MEANING):
            action = rule.otherwise
        return self._stand_in(element, action, depth), action

    def _stand_in(self, element: Element, action: Action, depth: int) -> Element | None:
        """The element with the value that one of the Basic Profile's actions gives it."""
        tag, vr, value, at = element
        if action is Action.REMOVE:
            return None
        if action is Action.EMPTY:
            return tag, vr, [] if vr == b"SQ" else b"", at
        if action is Action.CODE:
            return tag, vr, self.code, at
        if action is Action.UID or (action is Action.DUMMY and vr == b"UI"):
            return tag, vr, self.new_uids(value), at
        if vr == b"SQ":
            needs = inside(tag)
            return tag, vr, [_dummied(self.clean(item, needs, depth + 1)) for item in value], at
        return tag, vr, dummy(vr), at

    def new_uids(self, value: bytes) -> bytes:
        """Every UID of a value under its new name."""
        parts = (part.strip(b" \0").decode("latin-1") for part in value.split(b"\\"))
        news = [self.names.uid(part).encode() for part in parts if part]
        self.minted.update(new for new in news if new.startswith(b"2.25."))
        return padded(b"\\".join(news), b"UI")

    def _shifted(self, value: bytes, vr: bytes) -> bytes | None:
        new = None if self.days is None else shift(value, vr, self.days)
        if new is not None and vr in (b"DA", b"DT"):
            self.minted.update(part[:8] for part in new.rstrip().split(b"\\") if len(part) >= 8)
        return new

    def _text(self, value: bytes, vr: bytes) -> bytes | None:
        """The text cleaned; None when nothing stays or what stays is not written in this character set."""
        said = decode(value, self.encodings).strip(" \0")
        parts = [said] if vr in _ONE_VALUE else said.split("\\")
        cleaned = [part and self.text(part) for part in parts]
        if None in cleaned or not any(cleaned):
            return b"" if not said else None
        new = encode("\\".join(part[: _WIDTHS.get(vr)].strip() for part in cleaned if part is not None), self.encodings)
        for before, after in zip(parts, cleaned, strict=True):
            self.minted.update(day.encode() for day in moved_dates(before, after or ""))
        return None if new is None else padded(new, vr)

    def _content(self, items: list[list[Element]], depth: int) -> list[list[Element]]:
        """The content items of a structured document, by Table E.3.4-1; the rest of each by the plan."""
        out = []
        for item in items:
            action = self.items.get(which_of(item))
            if action is Action.REMOVE:
                self.counts[_CONTENT, action] += 1
                out += [silent(self.clean(item, NOTHING, depth + 1))] if self.fixed else []
                continue
            cleaned = self.clean(item, NOTHING, depth + 1)
            if action is Action.KEEP:
                cleaned = as_it_was(cleaned, item)
            out.append(silenced(cleaned) if action is Action.DUMMY else cleaned)
        return out


def _dummied(elements: list[Element]) -> list[Element]:
    """The items of a sequence that must be there but not speak: every text in them becomes a dummy."""
    return [
        (tag, vr, [_dummied(item) for item in value] if vr == b"SQ" else dummy(vr) if vr in _DUMMIED else value, at)
        for tag, vr, value, at in elements
    ]


def _scheme(elements: list[Element]) -> bytes:
    return next((value.strip(b" \0") for tag, _, value, _ in elements if tag == _CODE_SCHEME), b"")


def _allowed(elements: list[Element], private: Mapping[tuple[bytes, int, int], bytes]) -> Mapping[int, bytes]:
    """Tag to listed VR, for the private elements of this data set that the recipe lists, and for their creators."""
    if not private:
        return _NONE
    creators = {
        tag & 0xFFFF00FF: value.strip(b" \0")
        for tag, _, value, _ in elements
        if tag >> 16 & 1 and 0x10 <= tag & 0xFFFF <= 0xFF and isinstance(value, bytes)
    }
    allowed = {}
    for tag, *_ in elements:
        block = (tag & 0xFFFF0000) | (tag >> 8 & 0xFF)
        listed = private.get((creators.get(block, b""), tag >> 16, tag & 0xFF))
        if listed and tag >> 16 & 1 and tag & 0xFFFF > 0xFF:
            allowed[tag], allowed[block] = listed, b"LO"
    return allowed
