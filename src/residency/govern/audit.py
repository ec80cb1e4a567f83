"""The audit log: one Merkle tree of events (RFC 9162) with a signed head (C2SP tlog-checkpoint).

    number = append(book, event, key)              # inside the transaction of the act itself
    verify(book, origin_key, heads=[…])  ->  Verdict

A leaf is the canonical JSON of an event; it holds identifiers, digests and reasons, never a value of a patient. The
head is signed at every append, so that a log cut short, reordered or rewritten no longer matches its head; a whole
site put back to an earlier day is found only with a head that was kept elsewhere. Not here: deciding (`govern.gate`).
"""

import base64
import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from sqlalchemy import func, insert, select, update

from residency.errors import Broken, Conflict
from residency.govern.identity import SigningKey, holds
from residency.govern.ledger import Book
from residency.govern.schema import head, leaves
from residency.kernel.digest import canonical
from residency.kernel.merkle import EMPTY_ROOT, Frontier, inclusion_proof, leaf_hash
from residency.kernel.note import Checkpoint, NoteMalformed, PublicKey, Signed, read_note, write_note


class LogDamaged(Broken):
    """The head is not one that this site signed over these events: nothing is written after it."""


class LogMoved(Conflict):
    """The head changed under this transaction."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with the log: a code, a sentence, and the first event concerned (or -1)."""

    code: str
    says: str
    leaf: int = -1


@dataclass(frozen=True)
class Verdict:
    """What verification found, and what it could not exclude."""

    size: int
    findings: tuple[Finding, ...]
    cannot_exclude: tuple[str, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing is wrong."""
        return not self.findings


def append(book: Book, event: dict, key: SigningKey) -> int:
    """Append an event and sign the new head; returns its number. Raises LogDamaged, LogMoved.

    The caller's transaction commits event and head, or neither.
    """
    tree = _standing(book, key.public)
    number, body = tree.size, canonical(event)
    hashed = leaf_hash(body)
    tree.append(hashed)
    book.connection.execute(insert(leaves).values(number=number, hash=hashed, body=body.decode()))
    values = {"size": tree.size, "peaks": " ".join(peak.hex() for peak in tree.peaks)}
    moved = update(head).where(head.c.id == 1, head.c.size == number)
    if book.connection.execute(moved.values(**values, note=sign_head(tree, key))).rowcount != 1:
        raise LogMoved("The audit log moved under this act.", remedy="Repeat the act.")
    return number


def sign_head(tree: Frontier, key: SigningKey) -> str:
    """The signed checkpoint of a tree."""
    text = Checkpoint(key.public.name, tree.size, tree.root()).text()
    return write_note(text, [Signed(key.public.name, key.public.hint, key.sign(text.encode()))])


def head_note(book: Book) -> str:
    """The signed head as it stands; empty if there is none."""
    return book.connection.execute(select(head.c.note)).scalar() or ""


def outruns(kept: str, note: str) -> bool:
    """Whether a head that was kept speaks of more events than this one, or cannot be read at all."""
    try:
        return Checkpoint.parse(read_note(kept)[0]).size > Checkpoint.parse(read_note(note)[0]).size
    except NoteMalformed:
        return True


def size(book: Book) -> int:
    """How many events the head speaks of."""
    return book.connection.execute(select(head.c.size)).scalar() or 0


def event(book: Book, number: int) -> dict | None:
    """The event of this number, if there is one."""
    body = book.connection.execute(select(leaves.c.body).where(leaves.c.number == number)).scalar()
    return None if body is None else json.loads(body)


def events(book: Book, since: int = 0) -> Iterator[tuple[int, dict]]:
    """Events with their numbers, oldest first."""
    rows = book.connection.execute(
        select(leaves.c.number, leaves.c.body).where(leaves.c.number >= since).order_by(leaves.c.number)
    )
    for row in rows:
        yield row.number, json.loads(row.body)


def first_saved(book: Book, identifiers: Collection[str]) -> dict[str, int]:
    """The number of the event that first saved each of these records: their order, whatever clocks said."""
    wanted, found = set(identifiers), {}
    for number, event in events(book):
        for saved in event["saved"]:
            if saved["id"] in wanted:
                found.setdefault(saved["id"], number)
    return found


def hashes(book: Book) -> list[bytes]:
    """Leaf hashes in order."""
    return [bytes(row.hash) for row in book.connection.execute(select(leaves.c.hash).order_by(leaves.c.number))]


def prove(book: Book, numbers: Iterable[int]) -> dict[int, list[str]]:
    """Inclusion proofs, base64, for these events in the tree of the present head."""
    all_hashes = hashes(book)
    return {n: [base64.b64encode(step).decode() for step in inclusion_proof(all_hashes, n)] for n in numbers}


def verify(
    book: Book,
    key: PublicKey,
    heads: Collection[str] = (),
    *,
    beside: Collection[str] = (),
    pinned: Collection[PublicKey] = (),
) -> Verdict:
    """Hash every event again and hold the result against the signed head and against heads kept elsewhere.

    `key` is the key that signs this log now; `heads` are signed notes and `pinned` keys that were kept outside the
    site, where nobody who changed the site could change them; `beside` are notes in the site, beside the database.
    """
    kept = [*beside, *heads]
    findings = [] if not pinned or key in pinned else [_replaced(key)]
    wanted = set(_sizes(kept))
    tree, roots, expected = Frontier(), {0: EMPTY_ROOT}, 0
    query = select(leaves.c.number, leaves.c.hash, leaves.c.body).order_by(leaves.c.number)
    for number, hashed, text in book.connection.execute(query.execution_options(yield_per=1000)):
        leaf = leaf_hash(text.encode() if isinstance(text, str) else text)
        if number != expected or leaf != hashed:
            findings += _check_leaf(expected, number, leaf, hashed)
        expected = number + 1
        tree.append(leaf)
        if tree.size in wanted:
            roots[tree.size] = tree.root()
    findings += _check_head(head_note(book), tree, key) or _check_edge(book, tree)
    for note in kept:
        findings += _check_outside(note, tree, roots, key)
    return Verdict(tree.size, tuple(findings), _cannot_exclude(heads, pinned))


def _standing(book: Book, key: PublicKey) -> Frontier:
    """The right edge of the log as this site signed it; signing anything else would make a forgery authentic."""
    row = book.connection.execute(select(head)).first()
    last = book.connection.execute(select(func.max(leaves.c.number))).scalar()
    try:
        tree = Frontier(row.size, [bytes.fromhex(peak) for peak in row.peaks.split()]) if row else Frontier()
        signed = _authentic(row.note, key) if row and (row.size or row.note) else Checkpoint("", 0, EMPTY_ROOT)
    except (NoteMalformed, ValueError) as error:
        raise _damaged() from error
    whole = (tree.size, tree.root(), tree.size - 1 if tree.size else None)
    if row is None or (signed.size, signed.root, last) != whole:
        raise _damaged()
    return tree


def _damaged() -> LogDamaged:
    says = "The head of the audit log is not what this site signed over its events: nothing is written after it."
    return LogDamaged(says, remedy="Run 'residency audit verify'; compare with a backup.")


def _replaced(key: PublicKey) -> Finding:
    return Finding("SIGNER-REPLACED", f"The log is signed by {key.name}, which is not among the keys kept outside.")


def _cannot_exclude(heads: Collection[str], pinned: Collection[PublicKey]) -> tuple[str, ...]:
    says = []
    if not heads:
        says.append("No head kept outside was given: a rollback of the whole site cannot be excluded.")
    if not heads and not pinned:
        says.append("No key kept outside was given: another signer in place of this site's cannot be excluded.")
    return tuple(says)


def _sizes(notes: list[str]) -> Iterator[int]:
    for note in notes:
        try:
            yield Checkpoint.parse(read_note(note)[0]).size
        except NoteMalformed:
            continue


def _check_leaf(expected: int, number: int, leaf: bytes, hashed: bytes) -> Iterator[Finding]:
    if number != expected:
        yield Finding("GAP", f"Event {expected} is missing; event {number} stands in its place.", expected)
    if leaf != hashed:
        yield Finding("ALTERED", f"Event {number} was altered: its hash does not fit its text.", number)


def _check_head(note: str, tree: Frontier, key: PublicKey) -> list[Finding]:
    if not note:
        return [Finding("HEAD-MISSING", "The log has no signed head.")]
    try:
        checkpoint = _authentic(note, key)
    except NoteMalformed as error:
        return [Finding("HEAD-NOT-AUTHENTIC", f"The signed head is not authentic: {error.message}")]
    if checkpoint.size > tree.size:
        gone = f"The log was cut short: its head speaks of {checkpoint.size} events, {tree.size} are here."
        return [Finding("TRUNCATED", gone, tree.size)]
    if checkpoint.size < tree.size:
        return [Finding("EXTENDED", f"{tree.size - checkpoint.size} events follow the signed head.", checkpoint.size)]
    if checkpoint.root != tree.root():
        return [Finding("REWRITTEN", "The events do not give the root that was signed: altered, or in another order.")]
    return []


def _check_edge(book: Book, tree: Frontier) -> list[Finding]:
    row = book.connection.execute(select(head.c.size, head.c.peaks)).one()
    if (row.size, row.peaks.split()) == (tree.size, [peak.hex() for peak in tree.peaks]):
        return []
    return [Finding("EDGE-DAMAGED", "What is kept to append the next event does not fit the events: none can follow.")]


def _check_outside(note: str, tree: Frontier, roots: dict[int, bytes], key: PublicKey) -> list[Finding]:
    try:
        checkpoint = _authentic(note, key)
    except NoteMalformed as error:
        return [Finding("OUTSIDE-HEAD-NOT-AUTHENTIC", f"A head that was kept is not of this log: {error.message}")]
    if checkpoint.size > tree.size:
        says = f"Rolled back: a head that was kept speaks of {checkpoint.size} events, only {tree.size} are here."
        return [Finding("ROLLED-BACK", says, tree.size)]
    if roots.get(checkpoint.size) != checkpoint.root:
        says = f"The first {checkpoint.size} events are not those of a head that was kept: history was rewritten."
        return [Finding("FORKED", says)]
    return []


def _authentic(note: str, key: PublicKey) -> Checkpoint:
    """The checkpoint of a note if the pinned key signed it; raises NoteMalformed."""
    text, signatures = read_note(note)
    checkpoint = Checkpoint.parse(text)
    mine = [s for s in signatures if s.name == key.name]
    if not mine:
        raise NoteMalformed(f"it is signed by {', '.join(s.name for s in signatures) or 'nobody'}, not by {key.name}.")
    if not any(s.hint == key.hint and holds(key, s.signature, text.encode()) for s in mine):
        raise NoteMalformed(f"the signature is not by the pinned key of {key.name}.")
    if checkpoint.origin != key.name:
        raise NoteMalformed(f"it speaks of the log {checkpoint.origin}, not of {key.name}.")
    return checkpoint
