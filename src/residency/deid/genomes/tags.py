r"""The tags of aligned reads: which stay, as they are or renamed, and which go (SAMtags, and `sam.tags` of the rules).

    tags = Tags(rules, header, search)
    tags.kept(b"NMC\x03RGZA00123.1\0…")      the bytes of a BAM record's tags, as they stay
    tags.kept_text([b"NM:i:3", …])           the same of a line of SAM
    tags.settle()                            now and then: searches the texts that stayed; raises GenomeHeld

A tag that no rule names goes, and so does one of another type, or with a value that has not the shape asked for. Bytes
of a tag that stays are not touched. Not here: the record around them (`bam`, `sam`).
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable

from residency.deid.genomes.refusals import GenomeHeld, GenomeUnreadable
from residency.deid.genomes.rules import GenomeRules, TagRule
from residency.deid.genomes.sam_header import SamHeader
from residency.deid.genomes.search import GAP, Search
from residency.deid.needles import LONG

Handler = Callable[[bytes], bytes | None]
_TO_ZERO, _COUNTED = 0, -1
_WIDTHS = {b"A": 1, b"c": 1, b"C": 1, b"s": 2, b"S": 2, b"i": 4, b"I": 4, b"f": 4}
_WIDTHS |= {b"Z": _TO_ZERO, b"H": _TO_ZERO, b"B": _COUNTED}
"""Bytes of a value by its type; texts end with a zero, arrays say how many they hold."""
_WHOLE = b"cCsSiI"
_IN_TEXT = {
    "i": re.compile(rb"[-+]?\d{1,11}"),
    "f": re.compile(rb"[-+]?(?:\d*\.?\d+|\d+\.)(?:[eE][-+]?\d+)?|[-+]?(?:nan|inf)"),
    "A": re.compile(rb"[!-~]"),
    "B": re.compile(rb"[cCsSiIf](?:,[-+0-9.eEnaif]{1,24})*"),
}


class Tags:
    """The tags of one file."""

    def __init__(self, rules: GenomeRules, header: SamHeader, search: Search) -> None:
        self._search = search
        self._heard: dict[str, list[bytes]] = {"text": [], "places": [], "qualities": []}
        self._binary: dict[bytes, tuple[int, Handler | None]] = {}
        self._text: dict[bytes, Handler] = {}
        self._listed: set[bytes] = set()
        self.counts: Counter = Counter()
        for rule in rules.sam.tags:
            handler = self._handler(rule, rules, header)
            for tag in rule.tags.encode().split():
                self._listed.add(tag)
                letters = _WHOLE if rule.types == "i" else rule.types.encode()
                self._binary |= {tag + bytes((one,)): (_WIDTHS[bytes((one,))], handler) for one in letters}
                self._text[tag + rule.types.encode()] = handler or _only(_IN_TEXT[rule.types])

    def kept(self, tags: bytes) -> bytes:
        """The tags of a BAM record that stay (SAMv1 4.2.4)."""
        at, end, start = 0, len(tags), 0
        out, plan, find = [], self._binary, tags.find
        while at < end:
            value = at + 3
            head = tags[at:value]
            width, handler = plan.get(head) or self._unlisted(head)
            after = value + width if width > 0 else find(b"\0", value) + 1 if width == _TO_ZERO else _end(tags, value)
            if after > end or after <= value:
                raise GenomeUnreadable("A tag of a read ends beyond its record.")
            if handler is not None:
                old = tags[value : after - 1]
                new = handler(old)
                if new != old:
                    out.append(tags[start:at])
                    start = after
                    self._change(head, new, out)
            at = after
        out.append(tags[start:])
        return b"".join(out)

    def kept_text(self, tags: Iterable[bytes]) -> list[bytes]:
        """The tags of a line of SAM that stay."""
        out = []
        for tag in tags:
            if tag[2:3] != b":" or tag[4:5] != b":":
                raise GenomeUnreadable("A tag of a read is not what SAM allows.")
            head, value = tag[:2] + tag[3:4], tag[5:]
            handler = self._text.get(head, _gone)
            new = handler(value)
            if new == value:
                out.append(tag)
            elif new is None:
                self._removed(head)
            else:
                out.append(tag[:5] + new)
        return out

    def settle(self) -> None:
        """Search the texts that were kept since the last time."""
        text, places, qualities = (GAP.join(self._heard[how]) for how in ("text", "places", "qualities"))
        found = self._search.bytes(text) or self._search.bytes(places, numbers=False)
        found = found or self._search.bytes(qualities, numbers=False, shortest=LONG)
        for heard in self._heard.values():
            heard.clear()
        if found:
            raise GenomeHeld("RESIDUAL", "A tag of a read names the subject.")

    def _unlisted(self, head: bytes) -> tuple[int, Handler | None]:
        """How a tag that no rule names is passed over. Raises GenomeUnreadable if its type is not known."""
        width = _WIDTHS.get(head[2:])
        if width is None:
            raise GenomeUnreadable("A tag of a read is of no known type.")
        return width, _gone

    def _change(self, head: bytes, new: bytes | None, out: list[bytes]) -> None:
        if new is None:
            self._removed(head)
        else:
            out.append(head + new + b"\0")

    def _removed(self, head: bytes) -> None:
        listed = head[:2] in self._listed
        self.counts[f"tag {head[:2].decode('latin-1')}" if listed else "unlisted tag", "removed"] += 1

    def _handler(self, rule: TagRule, rules: GenomeRules, header: SamHeader) -> Handler | None:
        """None if nothing is asked of the value."""
        if rule.action == "read group":
            return header.groups.get
        if rule.action == "program":
            return header.programs.get
        if rule.types != "Z":
            return None
        pattern = rules.bytes_of(rule.shape)
        if rule.hears == "nothing":
            return _only(pattern)
        fits, heard = pattern.fullmatch, self._heard[rule.hears].append

        def kept(value: bytes) -> bytes | None:
            if not fits(value):
                return None
            heard(value)
            return value

        return kept


def _only(pattern: re.Pattern[bytes]) -> Handler:
    """Keeps a value that is of this form."""
    fits = pattern.fullmatch
    return lambda value: value if fits(value) else None


def _gone(value: bytes) -> None:
    """What becomes of a tag that no rule names."""


def _end(tags: bytes, value: int) -> int:
    """Where an array ends."""
    width = _WIDTHS.get(tags[value : value + 1], 0)
    if width <= 0 or value + 5 > len(tags):
        raise GenomeUnreadable("A tag of a read is of no known type.")
    return value + 5 + width * int.from_bytes(tags[value + 1 : value + 5], "little")
