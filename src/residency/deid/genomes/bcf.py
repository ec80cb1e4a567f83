"""Records of BCF: the same rules as for lines of VCF, on the binary form (VCFv4.5 6.3).

    clean_bcf(stream, task)         `stream` gives the inflated bytes, a part at a time

Keys, types and genotypes stay byte for byte; a value that `vcf` would make "." becomes the missing text. Alleles,
filters and contigs are in the header's dictionary, or searched. It refuses records that do not fill their length.
Not here: the header (`vcf_header`), what a value may say (`vcf.Values`).
"""

import struct
from collections.abc import Iterator

from residency.deid.genomes.frames import Framed
from residency.deid.genomes.lines import decoded
from residency.deid.genomes.refusals import GenomeHeld, GenomeTruncated, GenomeUnreadable
from residency.deid.genomes.task import Task
from residency.deid.genomes.vcf import Values
from residency.deid.genomes.vcf_header import VcfHeader, names_in, rewritten

MAGIC = b"BCF\2"
_SIZES = struct.Struct("<II")
_WIDTHS = {0: 0, 1: 1, 2: 2, 3: 4, 5: 4, 7: 1}
_TEXT, _LONG = 7, 15
_NO_ID, _NO_TEXT, _NO_NUMBER = b"\x07", b"\x17.", b"\x11\x80"
"""Missing values as the specification writes them (VCFv4.5 6.3.3), a missing text as "."."""
_COUNTS_AT, _FIXED = 16, 24
_SMALLEST_SHARED = _FIXED + 1


def clean_bcf(stream: Iterator[bytes], task: Task) -> None:
    """A whole file. Raises GenomeHeld."""
    frame = Framed(stream)
    if frame.take(5)[:4] != MAGIC:
        raise GenomeUnreadable("The file is not BCF of version 2.")
    lines = decoded(frame.take(frame.number()).split(b"\0", 1)[0].splitlines())
    samples = names_in(lines, task.rules, task.cast)
    task.cast.settle(task.name)
    search = task.search()
    header = rewritten(lines, samples, task.rules, task.cast, search)
    task.counts.update(header.counts)
    task.look(header.data, search)
    text = header.data + b"\0"
    task.write(MAGIC + b"\2" + struct.pack("<i", len(text)) + text)
    body = _Body(header, task, Values(header, task.rules, search), _dictionary(lines))
    while frame.waiting or frame.more():
        out, used = body.records(frame.waiting)
        frame.waiting = frame.waiting[used:]
        task.write(b"".join(out))
        if frame.waiting and not frame.more():
            raise GenomeTruncated()


def _dictionary(lines: list[str]) -> list[str]:
    """The ids by their numbers, as the old header gives them (VCFv4.5 6.2.1)."""
    found: dict[int, str] = {0: "PASS"}
    numbers: dict[str, int] = {"PASS": 0}
    for line in lines:
        if line.startswith(("##INFO=<", "##FORMAT=<", "##FILTER=<")):
            said = dict(part.split("=", 1) for part in line[line.index("<") + 1 : -1].split(",") if "=" in part)
            name = said.get("ID", "")
            if name not in numbers:
                number = said.get("IDX", "")
                numbers[name] = int(number) if number.isdigit() else len(found)
                found[numbers[name]] = name
    return [found.get(number, "") for number in range(min(max(found) + 1, 1 << 20))]


class _Body:
    def __init__(self, header: VcfHeader, task: Task, values: Values, dictionary: list[str]) -> None:
        self._task, self._values, self._dictionary = task, values, dictionary
        self._samples = len(header.samples)
        self._measures = task.rules.vcf.measures
        self._mates, self._formats = task.rules.vcf.mates, task.rules.vcf.formats

    def records(self, data: bytes) -> tuple[list[bytes], int]:
        """The whole records of these bytes, cleaned, and how many bytes they took."""
        out, at = [], 0
        while at + 8 <= len(data):
            shared, own = _SIZES.unpack_from(data, at)
            if shared < _SMALLEST_SHARED or shared + own > 1 << 28:
                raise GenomeUnreadable("A record has a length out of reason.")
            end = at + 8 + shared + own
            if end > len(data):
                break
            out.append(self._record(data[at + 8 : at + 8 + shared], data[at + 8 + shared : end]))
            self._task.counts["data line", "read"] += 1
            at = end
        whole = b"".join(out)
        if self._values.left(whole):
            raise GenomeHeld("RESIDUAL", "The data name the subject where nothing can be taken out.")
        return out, at

    def _record(self, shared: bytes, own: bytes) -> bytes:
        alleles_infos, formats_samples = _SIZES.unpack_from(shared, _COUNTS_AT)
        if formats_samples & 0xFFFFFF != self._samples:
            raise GenomeUnreadable("A record has not as many samples as the header.")
        parts = [shared[:_FIXED]]
        at = self._id(shared, parts)
        start = at
        for _ in range(alleles_infos >> 16):
            at = _value(shared, at)[2]
        at = _value(shared, at)[2]  # filters: numbers of the dictionary
        parts.append(shared[start:at])
        for _ in range(alleles_infos & 0xFFFF):
            at = self._info(shared, at, parts)
        if at != len(shared):
            raise GenomeUnreadable("A record does not fill its length.")
        own = self._genotypes(own, formats_samples >> 24)
        new = b"".join(parts)
        return _SIZES.pack(len(new), len(own)) + new + own

    def _id(self, shared: bytes, parts: list[bytes]) -> int:
        kind, value, after = _value(shared, _FIXED)
        good = kind == _TEXT and (not value or self._values.good_id(value))
        parts.append(shared[_FIXED:after] if good else _NO_ID)
        self._task.counts["variant id", "removed"] += not good
        return after

    def _info(self, shared: bytes, at: int, parts: list[bytes]) -> int:
        key, value_at = self._key(shared, at)
        kind, value, after = _value(shared, value_at)
        bare = value.rstrip(b"\0")
        if key in self._mates:
            bad = kind == _TEXT and bool(bare) and not self._values.good_id(bare)
        elif kind != _TEXT:
            bad = key not in self._measures and self._numbers_tell(kind, value)
        else:
            unlisted = key not in self._measures and self._values.tell("String", bare)
            bad = unlisted or self._values.left(bare)
        missing = _NO_TEXT if kind == _TEXT else _NO_NUMBER
        parts.append(shared[at:value_at] + missing if bad else shared[at:after])
        self._task.counts["INFO value", "removed"] += bad
        return after

    def _numbers_tell(self, kind: int, value: bytes) -> bool:
        """Whether a number is one of the subject; floats are measures."""
        width = _WIDTHS[kind]
        if kind == 5 or width < 4:
            return False
        numbers = (int.from_bytes(value[at : at + width], "little", signed=True) for at in range(0, len(value), width))
        return any(self._values.tell("Integer", str(number).encode()) for number in numbers)

    def _genotypes(self, own: bytes, count: int) -> bytes:
        at, parts = 0, []
        for _ in range(count):
            key, value_at = self._key(own, at)
            kind, size, data_at = _described(own, value_at)
            width = _WIDTHS[kind] * size
            after = data_at + width * self._samples
            if after > len(own):
                raise GenomeUnreadable("A record does not fill its length.")
            data = own[data_at:after]
            if kind == _TEXT and key not in self._formats:
                data = b"".join(self._genotype(data[n : n + width]) for n in range(0, len(data), width or 1))
            parts.append(own[at:data_at] + data)
            at = after
        if at != len(own):
            raise GenomeUnreadable("A record does not fill its length.")
        return b"".join(parts)

    def _genotype(self, text: bytes) -> bytes:
        if not self._values.tell("String", text.rstrip(b"\0")):
            return text
        self._task.counts["genotype text", "removed"] += 1
        return b".".ljust(len(text), b"\0")

    def _key(self, data: bytes, at: int) -> tuple[str, int]:
        kind, value, after = _value(data, at)
        number = int.from_bytes(value, "little")
        if kind not in (1, 2, 3) or not value or number >= len(self._dictionary):
            raise GenomeUnreadable("A record names a key that the header does not have.")
        return self._dictionary[number], after


def _value(data: bytes, at: int) -> tuple[int, bytes, int]:
    """A typed value: its type, its bytes, and where the next begins."""
    kind, size, at = _described(data, at)
    after = at + size * _WIDTHS[kind]
    if after > len(data):
        raise GenomeUnreadable("A record does not fill its length.")
    return kind, data[at:after], after


def _described(data: bytes, at: int) -> tuple[int, int, int]:
    """What a typed value is: its type, how many, and where its bytes begin."""
    if at >= len(data):
        raise GenomeUnreadable("A record does not fill its length.")
    kind, size = data[at] & 15, data[at] >> 4
    at += 1
    if size == _LONG:
        inner, few, at = _described(data, at)
        width = _WIDTHS[inner] * few
        if inner not in (1, 2, 3) or few != 1 or at + width > len(data):
            raise GenomeUnreadable("A record does not fill its length.")
        size = int.from_bytes(data[at : at + width], "little")
        at += width
    if kind not in _WIDTHS:
        raise GenomeUnreadable("A record holds a value of no known type.")
    return kind, size, at
