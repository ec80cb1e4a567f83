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
_WIDTHS = {b"A": 1, b"c": 1, b"C": 1, b"s": 2, b"S": 2, b"i": 4, b"I": 4, b"f": 4}
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
        self._binary: dict[bytes, Handler | None] = {}
        self._text: dict[bytes, Handler] = {}
        self._listed: set[bytes] = set()
        self.counts: Counter = Counter()
        for rule in rules.sam.tags:
            handler = self._handler(rule, rules, header)
            for tag in rule.tags.encode().split():
                self._listed.add(tag)
                letters = _WHOLE if rule.types == "i" else rule.types.encode()
                self._binary |= {tag + bytes((letter,)): handler for letter in letters}
                self._text[tag + rule.types.encode()] = handler or _only(_IN_TEXT[rule.types])

    def kept(self, tags: bytes) -> bytes:
        """The tags of a BAM record that stay (SAMv1 4.2.4)."""
        at, end, start = 0, len(tags), 0
        out = []
        while at < end:
            kind = tags[at + 2 : at + 3]
            value = at + 3
            width = _WIDTHS.get(kind)
            after = value + width if width else _end(tags, value, kind)
            if after > end:
                raise GenomeUnreadable("A tag of a read ends beyond its record.")
            handler = self._binary.get(tags[at:value], _gone)
            if handler is not None:
                old = tags[value : after - 1]
                new = handler(old)
                if new != old:
                    out.append(tags[start:at])
                    start = after
                    self._change(tags[at:value], new, out)
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


def _end(tags: bytes, value: int, kind: bytes) -> int:
    """Where a text or an array ends."""
    if kind in (b"Z", b"H"):
        end = tags.find(b"\0", value)
        if end < 0:
            raise GenomeUnreadable("A tag of a read has no end.")
        return end + 1
    width = _WIDTHS.get(tags[value : value + 1], 0)
    if kind != b"B" or not width or value + 5 > len(tags):
        raise GenomeUnreadable("A tag of a read is of no known type.")
    return value + 5 + width * int.from_bytes(tags[value + 1 : value + 5], "little")
