"""The bytes of every member, compared with the signed index and, where they differ, located.

    for damage in damages(source, index): print(damage.says)
    read_json(source, index, "statement.json")

Big members are read in blocks; nothing is unpacked and nothing is written. Not here: headers (`container`).
"""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from residency.kernel.digest import PREFIX, canonical
from residency.release.verifier.container import Source, starts
from residency.release.verifier.index import Index, Member
from residency.release.verifier.locate import BLOCK, changed_blocks, changed_fields, field_at, undo_one_bit
from residency.release.verifier.verdict import Damage

_NAMED = 10  # of many changed places in one member, so many are named


def damages(source: Source, index: Index) -> Iterator[Damage]:
    """Every place in a member that is not what was signed, as far as the file goes."""
    for member, offset in _placed(index):
        if member.size and offset >= source.size:
            return
        if _digest(source, member, offset) != member.sha256:
            yield from _located(source, member, offset)


def read_member(source: Source, index: Index, name: str) -> bytes:
    """The bytes of a member that is small enough to hold (JSON or text)."""
    return next(source.read(offset, member.size) for member, offset in _placed(index) if member.name == name)


def read_all(source: Source, index: Index, kind: str) -> dict[str, bytes]:
    """Every member of a kind."""
    return {m.name: source.read(offset, m.size) for m, offset in _placed(index) if m.kind == kind}


def parse(data: bytes) -> Any:
    """Canonical JSON as a value; raises ValueError for any other spelling of it."""
    try:
        value = json.loads(data)
        if canonical(value) != data:
            raise ValueError("not in canonical form")
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    return value


def _placed(index: Index) -> Iterator[tuple[Member, int]]:
    yield from zip(index.members.values(), starts(index.entries)[len(index.head) :], strict=True)


def _blocks(source: Source, member: Member, offset: int) -> Iterator[bytes]:
    for at in range(0, member.size, BLOCK):
        yield source.read(offset + at, min(BLOCK, member.size - at))


def _digest(source: Source, member: Member, offset: int) -> str:
    hashed = hashlib.sha256()
    for block in _blocks(source, member, offset):
        hashed.update(block)
    return PREFIX + hashed.hexdigest()


def _located(source: Source, member: Member, offset: int) -> Iterator[Damage]:
    if offset + member.size > source.size:
        yield Damage(member.name, offset, "whole", f"{member.name} is cut off: the file ends before it does.")
    elif member.kind == "binary":
        yield from _in_blocks(source, member, offset)
    else:
        yield from _in_text(source.read(offset, member.size), member, offset)


def _in_text(data: bytes, member: Member, offset: int) -> Iterator[Damage]:
    """One changed bit exactly; a larger change by the fields it lies in."""
    flip = undo_one_bit(data, member.crc32)
    if flip and PREFIX + hashlib.sha256(flip.repaired).hexdigest() == member.sha256:
        line = flip.repaired[: flip.byte].count(b"\n") + 1
        field = field_at(flip.repaired, flip.byte) if member.kind == "json" else f"line {line}"
        where = f"field {field or '(end)'}" if member.kind == "json" else field
        says = f"{member.name}, {where}: one bit is changed (bit {flip.bit} of byte {flip.byte})."
        yield Damage(member.name, offset + flip.byte, field, says)
        return
    changed = changed_fields(data, member.marks) if member.kind == "json" else []
    for field, start in changed[:_NAMED]:
        yield Damage(member.name, offset + start, field, f"{member.name}, field {field or '(end)'}: changed.")
    if len(changed) > _NAMED or not changed:
        more = f"{len(changed) - _NAMED} more fields are" if changed else "the text is"
        yield Damage(member.name, offset, "whole", f"{member.name}: {more} changed.")


def _in_blocks(source: Source, member: Member, offset: int) -> Iterator[Damage]:
    changed = changed_blocks(_blocks(source, member, offset), member.marks)
    for block in changed[:_NAMED]:
        first, last = block * BLOCK, min((block + 1) * BLOCK, member.size) - 1
        says = f"{member.name}, block {block} (bytes {first:,} to {last:,}): changed."
        yield Damage(member.name, offset + first, f"block {block}", says)
    if len(changed) > _NAMED or not changed:
        more = f"{len(changed) - _NAMED} more blocks are" if changed else "the data are"
        yield Damage(member.name, offset, "whole", f"{member.name}: {more} changed.")
