"""The tables of a BIDS folder (participants.tsv, sessions.tsv, scans.tsv) and its lists of numbers (.bval, .bvec).

    made = clean_rows(data, lambda label: aliases.get(label))         participants: one alias for each row
    made = clean_rows(data, lambda label: alias)                      a table of one subject

Columns that `bids.yaml` does not list go whole, their names too; a cell that is not what its rule allows becomes n/a; a
row whose subject has no alias goes. Not here: sidecars (`sidecar`).
"""

from collections import Counter
from collections.abc import Callable

from residency.deid.nifti.names import new_name, session
from residency.deid.nifti.rules import Rule, rule_of
from residency.deid.nifti.sidecar import Cleaned, SidecarUnreadable, value_as
from residency.deid.pseudonyms import Alias

_NOTHING = "n/a"


def clean_rows(data: bytes, alias_of: Callable[[str], Alias | None]) -> Cleaned:
    """A tab-separated table without what names its subjects; raises SidecarUnreadable.

    `alias_of` is asked with the label of the row's participant ("01" of "sub-01"), or with "" where there is none.
    """
    lines = _lines(data)
    head = lines[0]
    rules = [rule_of("table", column) for column in head]
    counts: Counter = Counter(
        (c if r else "other", "kept" if r else "removed") for c, r in zip(head, rules, strict=True)
    )
    minted: set[bytes] = set()
    made = ["\t".join(column for column, rule in zip(head, rules, strict=True) if rule)]
    subject = head.index("participant_id") if "participant_id" in head else None
    for row in lines[1:]:
        alias = alias_of("" if subject is None else row[subject].removeprefix("sub-"))
        if alias is None:
            counts[("row", "removed")] += 1
            continue
        new = [_cell(rule, cell, alias) for rule, cell in zip(rules, row, strict=True) if rule]
        old = [cell for rule, cell in zip(rules, row, strict=True) if rule]
        minted.update(after.encode() for after, before in zip(new, old, strict=True) if after not in (before, _NOTHING))
        made.append("\t".join(new))
    return Cleaned("\n".join(made).encode() + b"\n", counts, frozenset(minted))


def clean_numbers(data: bytes) -> Cleaned:
    """A .bval or .bvec written anew from its numbers; raises SidecarUnreadable if anything else is in it."""
    try:
        rows = [[float(one) for one in line.split()] for line in data.decode("ascii").splitlines()]
    except ValueError as broken:
        raise SidecarUnreadable("The list holds more than numbers.") from broken
    text = "\n".join(" ".join(f"{one:.10g}" for one in row) for row in rows if row)
    return Cleaned(text.encode() + b"\n", Counter({("number", "kept"): sum(map(len, rows))}), frozenset())


def _lines(data: bytes) -> list[list[str]]:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as broken:
        raise SidecarUnreadable("The table is no text.") from broken
    lines = [line.split("\t") for line in text.replace("\r\n", "\n").split("\n") if line.strip()]
    if not lines or len(set(lines[0])) != len(lines[0]) or any(len(line) != len(lines[0]) for line in lines):
        raise SidecarUnreadable("The table has rows of different length, no head, or a column twice.")
    return lines


def _cell(rule: Rule, cell: str, alias: Alias) -> str:
    if rule.may == "subject":
        return f"sub-{alias.code}"
    if rule.may == "session":
        return f"ses-{session(cell.removeprefix('ses-'), alias)}"
    if rule.may == "file":
        return new_name(cell, alias) or _NOTHING
    new = value_as(rule, cell, alias)
    return _NOTHING if new is None else str(new)
