"""The search of any text for one subject's identifiers: cells, JSON strings, whole files.

    seeker = Seeker(identifiers)
    seeker.kinds_in(["Seen by Dr. Weiss"])              ->  {"name"}
    search_file(data, identifiers)                      ->  [Hit("name", "base64", 12), …]      [] means: nothing found

Words are looked for in the text (`mentions`); phrases of six bytes and more in its bytes, in what base 64 in it stands
for, behind percent signs and behind JSON's escapes (`needles`). `search_file` unpacks gzip and Parquet first. It knows
no column: a number that is an identifier of eight digits and more counts wherever it stands, a shorter one as text.
Not here: DICOM (`dicom.residual`); what is packed otherwise (PDF, images), which the callers remove.
"""

import base64
import binascii
import gzip
import io
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import unquote

from residency.deid.identifiers import Identifiers
from residency.deid.mentions import Mentions
from residency.deid.needles import Needles
from residency.errors import BadInput
from residency.ingest.ehr.parquet import open_parquet

_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{8,}={0,2}")
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_FOR_URLS = str.maketrans("-_", "+/")
_WORDS = re.compile(r"\s")
_ANSWERS = 1024
_GAP = "\0" * 8
_FREE, _CODED = b"LT", b"CS"
_LARGEST = 1 << 30
_LONG_NUMBER = 8


class Unsearchable(BadInput):
    """A file that unpacks to more than can be searched, or does not unpack."""


@dataclass(frozen=True, slots=True)
class Hit:
    """What kind of identifier was left, as what (text, bytes, base64, escaped), in which line or row from 0."""

    kind: str
    found_as: str
    line: int


class Seeker:
    """One subject's identifiers, ready to be looked for."""

    __slots__ = ("_clean", "_mentions", "_needles", "identifiers")

    def __init__(self, identifiers: Identifiers) -> None:
        self.identifiers = identifiers
        self._needles = Needles(identifiers)
        self._mentions = Mentions(identifiers)
        self._clean: set[str] = set()

    def is_clean(self, text: str) -> bool:
        """Whether a text holds none of them; a text without a space is taken for a code. Answers are kept."""
        if text in self._clean:
            return True
        if self.kinds_in([text], coded=_WORDS.search(text.strip()) is None):
            return False
        if len(self._clean) >= _ANSWERS:
            self._clean.clear()
        self._clean.add(text)
        return True

    def are_clean(self, texts: Iterable[str]) -> bool:
        """Whether none of many texts holds any: one search for all of which there is no answer yet."""
        new = {text for text in texts if text not in self._clean}
        free = {text for text in new if _WORDS.search(text.strip())}
        if any(self.kinds_in(some, coded=coded) for some, coded in ((free, False), (new - free, True)) if some):
            return False
        if len(self._clean) + len(new) >= _ANSWERS:
            self._clean.clear()
        self._clean |= new if len(new) < _ANSWERS else set()
        return True

    def kinds_in(self, texts: Iterable[str], *, coded: bool = False) -> set[str]:
        """The kinds of identifiers that these texts hold; `coded` where short mixtures of signs stand by habit."""
        said = [text for text in texts if text]
        found = {kind for kind, _ in self._in_words(said, coded=coded)}
        return found | {kind for kind, _ in self._in_bytes(said)}

    def _in_words(self, texts: list[str], *, coded: bool) -> Iterator[tuple[str, str]]:
        for text in texts:
            for kind in self._mentions.in_text(0, _CODED if coded else _FREE, text):
                yield kind, "text"
            for found_as, hidden in (("escaped", _unescaped(text)), ("base64", _written_in_base64(text))):
                for view in hidden:
                    yield from ((kind, found_as) for kind in self._mentions.in_text(0, _FREE, view))

    def _in_bytes(self, texts: list[str]) -> Iterator[tuple[str, str]]:
        whole = _GAP.join(texts)
        views = [("bytes", whole.encode("utf-8", "replace"))]
        views += [("escaped", view.encode("utf-8", "replace")) for view in _unescaped(whole)]
        packed = bytes(8).join(_unpacked(whole)).lower()
        views += [("base64", view) for view in (packed, packed[::2], packed[1::2]) if view]
        for found_as, view in views:
            # The search reads words of four bytes, so that the last phrase needs something behind it.
            for found in self._needles.hits(bytes(8) + view.lower() + bytes(8)):
                yield found.kind, found_as

    def hits(self, texts: list[str]) -> set[tuple[str, str]]:
        """The kinds found, each with how."""
        return {*self._in_words(texts, coded=False), *self._in_bytes(texts)}


def search_file(data: bytes, identifiers: Identifiers, *, minted: Iterable[str] = ()) -> list[Hit]:
    """Every identifier left in a file of text, plain, in gzip, or in Parquet; `minted` was written anew and is no find.

    Raises Unsearchable where the file does not unpack, or to more than 1 GiB.
    """
    seeker, new = Seeker(identifiers), sorted(minted, key=len, reverse=True)
    hits: dict[Hit, None] = {}
    for number, line in enumerate(_lines(data)):
        for word in new:
            line = line.replace(word, " ")  # noqa: PLW2901
        for kind, found_as in seeker.hits([line]):
            hits[Hit(kind, found_as, number)] = None
    return list(hits)


def _lines(data: bytes) -> Iterator[str]:
    if data[:2] == b"\x1f\x8b":
        yield from _lines(_inflated(data))
    elif data[:4] == b"PAR1":
        yield from _rows(data)
    else:
        yield from data.decode("utf-8", "replace").split("\n")


def _inflated(data: bytes) -> bytes:
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            plain = file.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error):
        raise Unsearchable("The file is no gzip, or is cut short.") from None
    if len(plain) > _LARGEST:
        raise Unsearchable("The file unpacks to more than 1 GiB.", remedy="Split it.")
    return plain


def _rows(data: bytes) -> Iterator[str]:
    """The rows of a Parquet file as text: the names of its columns and its notes first, then every value."""
    table = open_parquet(io.BytesIO(data))
    yield f"{table.schema.names} {table.schema.metadata or ''}"
    for batch in table.batches:
        for row in batch.to_pylist():
            yield "\t".join(text for value in row.values() for text in _as_text(value))


def _as_text(value: object) -> Iterator[str]:
    if isinstance(value, dict):
        for inner in value.values():
            yield from _as_text(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _as_text(inner)
    elif isinstance(value, bytes):
        yield value.decode("utf-8", "replace")
    elif isinstance(value, int | float):
        said = str(value)
        if sum(sign.isdigit() for sign in said) >= _LONG_NUMBER:
            yield said
    elif value is not None:
        yield str(value)


def _unescaped(text: str) -> Iterator[str]:
    if "%" in text:
        yield unquote(text, errors="replace")
    if "\\u" in text:
        yield _ESCAPE.sub(lambda match: chr(int(match[1], 16)), text)


def _written_in_base64(text: str) -> Iterator[str]:
    """What whole runs of base 64 letters stand for, where that is text: there, short words count, too."""
    for run in _BASE64.findall(text.replace("\n", "").replace("\r", "")):
        try:
            said = base64.b64decode(_standard(run), validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError):
            continue
        if said.replace("\n", "").replace("\r", "").replace("\t", "").isprintable():
            yield said


def _standard(run: str) -> str:
    plain = run.rstrip("=").translate(_FOR_URLS)
    return plain + "=" * (-len(plain) % 4)


def _unpacked(text: str) -> Iterator[bytes]:
    """What runs of base 64 letters stand for, from each of the places where a quartet may begin."""
    for run in _BASE64.findall(text.replace("\\n", "").replace("\n", "").replace("\r", "")):
        plain = run.rstrip("=").translate(_FOR_URLS)
        for skip in range(4):
            quartets = plain[skip:]
            quartets = quartets[: len(quartets) - (len(quartets) % 4 == 1)]
            try:
                yield base64.b64decode(quartets + "=" * (-len(quartets) % 4))
            except binascii.Error:
                continue
