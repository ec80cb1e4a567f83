"""The gate: nothing is opened or changed except through it.

    with gate.call(by, "dataset.freeze"):                              # exactly one outcome event, whatever happens
        with gate.lease(by, "dataset.freeze", draft) as lease:         # logged before the first byte is read
            prepared = …                                               # long work; keys come from the lease
        with gate.act(by, "dataset.freeze", draft) as act:             # milliseconds: records only
            act.save(prepared.version)
            act.made(prepared.version, of=draft.inputs)

`act` decides, opens one transaction, runs the block, writes what it saved and the event in that transaction. A
refusal or a failure rolls back and is written in a transaction of its own. Not here: the rules
(`govern.policy`), what a lease opens (`govern.lease`).
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial

from residency.errors import Broken, Refused, ResidencyError
from residency.govern import audit, lineage
from residency.govern.facts import facts_of
from residency.govern.identity import Actor, SigningKey
from residency.govern.lease import Lease
from residency.govern.ledger import Book, Ledger
from residency.govern.policy import Decision, Facts, decide
from residency.govern.rotation import check_keys
from residency.kernel.clock import Clock, rfc3339
from residency.kernel.ids import new_id
from residency.kernel.record import Record
from residency.store.ring import KeyRing


class NotAllowed(Refused):
    """One or more gates failed; `gates` names them all."""


class GatePassedBy(Broken):
    """A function ended without having passed the gate, or passed it twice: a fault of this program."""


@dataclass
class _Call:
    """One call of an act, from its beginning to its one outcome."""

    id: str
    actor: Actor
    act: str
    thing: Record | None = None
    done: bool = False
    leaf: int = -1


_calls: ContextVar[_Call | None] = ContextVar("call", default=None)


@dataclass
class Act:
    """What a block of `Gate.act` may do: save records and say what was made of what."""

    at: datetime
    by: Actor
    saved: list[Record] = field(default_factory=list)
    edges: list[tuple[Record, tuple[str, ...]]] = field(default_factory=list)
    checks: list[Callable[[Book], None]] = field(default_factory=list)
    reason: str = ""

    def save(self, *records: Record) -> None:
        """Save the next revision of each record."""
        self.saved.extend(records)

    def provided(self, check: Callable[[Book], None]) -> None:
        """Save only if this raises nothing when it looks at the ledger in the same transaction."""
        self.checks.append(check)

    def made(self, record: Record, *, of: Iterable[Record | str]) -> None:
        """Say what a record was made of: records or their digests."""
        self.edges.append((record, tuple(r.digest() if isinstance(r, Record) else r for r in of)))


class Gate:
    """Decides, transacts and audits in one."""

    def __init__(
        self, ledger: Ledger, ring: KeyRing, log_key: SigningKey, clock: Clock, *, country: str, lease_minutes: int
    ) -> None:
        self._ledger, self._ring, self._log_key, self._clock = ledger, ring, log_key, clock
        self._country, self._lease_minutes = country, lease_minutes

    @contextmanager
    def call(self, by: Actor, name: str) -> Iterator[None]:
        """One call of an act: whatever happens inside, exactly one outcome event is left."""
        call = _Call(new_id("call", self._clock()), by, name)
        token = _calls.set(call)
        try:
            yield
            if not call.done:
                raise GatePassedBy(f"{name} ended without passing the gate.", remedy="Report this fault.")
        except BaseException as error:
            if not call.done:
                self._write_failure(call, error)
            raise
        finally:
            _calls.reset(token)

    @contextmanager
    def act(
        self, by: Actor, name: str, thing: Record | None = None, *, purpose: str = "", splits: Sequence[str] = ()
    ) -> Iterator[Act]:
        """Allow or refuse; run the block; write records, lineage and the event in one transaction."""
        call = self._current(by, name)
        if call.done:
            raise GatePassedBy(f"{name} passed the gate twice in one call.", remedy="Report this fault.")
        call.thing = thing
        with self._ledger.writing() as book:
            self._allowed(book, by, name, thing, purpose, splits)
            act = Act(self._clock(), by)
            yield act
            for check in (*act.checks, partial(check_keys, saved=act.saved)):
                check(book)
            for record in act.saved:
                book.save(record)
            self._append(book, call, "done", act=act)
        call.done = True

    @contextmanager
    def lease(
        self, by: Actor, name: str, thing: Record | None, *, purpose: str = "", splits: Sequence[str] = (), to: str = ""
    ) -> Iterator[Lease]:
        """Allow or refuse; log the lease; then hand out what opens keys. `to` names who is to get what is opened."""
        call = self._current(by, name)
        call.thing = thing
        lease = self.grant(by, name, thing, purpose=purpose, splits=splits, to=to)
        try:
            yield lease
        finally:
            lease.end()

    def grant(
        self, by: Actor, name: str, thing: Record | None, *, purpose: str = "", splits: Sequence[str] = (), to: str = ""
    ) -> Lease:
        """A logged lease outside a with-block; each time that it is lengthened is one more event in the log."""
        asked, identifier = (by, name, thing, purpose, splits), new_id("lease", self._clock())

        def judge() -> None:
            with self._ledger.reading() as book:
                self._allowed(book, *asked)

        def grant() -> datetime:
            call = self._current(by, name)
            with self._ledger.writing() as book:
                facts, at = self._allowed(book, *asked), self._clock()
                ends = at + timedelta(minutes=self._lease_minutes)
                if facts.governed:
                    ends = min(ends, datetime.fromtimestamp(facts.ends, at.tzinfo))
                detail = {"lease": identifier, "ends": rfc3339(ends), "splits": sorted(splits)}
                detail |= {"purpose": facts.purpose} | ({"to": to} if to else {})
                self._append(book, call, "lease", thing=thing, detail=detail)
            return ends

        return Lease(self._ledger, self._ring, self._clock, identifier, by, grant=grant, judge=judge)

    def ask(
        self, by: Actor, name: str, thing: Record | None, *, purpose: str = "", splits: Sequence[str] = ()
    ) -> Decision:
        """The decision as it would fall now; nothing is written."""
        with self._ledger.reading() as book:
            return self._decide(book, by, name, thing, purpose, splits)[0]

    def record_event(
        self,
        by: Actor,
        name: str,
        outcome: str,
        reason: str = "",
        *,
        saved: Sequence[Record] = (),
        made: Sequence[tuple[Record, tuple[str, ...]]] = (),
    ) -> None:
        """An event that is no act: an attempt to sign in; the first entry of a log, with the records it begins with."""
        with self._ledger.writing() as book:
            act = Act(self._clock(), by, list(saved), list(made), reason=reason)
            for record in act.saved:
                book.save(record)
            self._append(book, _Call(new_id("call", self._clock()), by, name), outcome, act=act)

    def _current(self, by: Actor, name: str) -> _Call:
        call = _calls.get()
        if call is None or (call.actor, call.act) != (by, name):
            raise GatePassedBy(f"{name} was called past the gate.", remedy="Call it with residency.site.perform.")
        return call

    def _allowed(
        self, book: Book, by: Actor, name: str, thing: Record | None, purpose: str, splits: Sequence[str]
    ) -> Facts:
        decision, facts = self._decide(book, by, name, thing, purpose, splits)
        if not decision.allowed:
            raise _refusal(name, decision)
        return facts

    def _decide(
        self, book: Book, by: Actor, name: str, thing: Record | None, purpose: str, splits: Sequence[str]
    ) -> tuple[Decision, Facts]:
        facts = facts_of(book, thing, purpose=purpose, splits=splits, now=self._clock(), country=self._country)
        return decide(by, name, facts), facts

    def _write_failure(self, call: _Call, error: BaseException) -> None:
        """The one outcome of a call that did not succeed; a reason of ours is kept, a foreign one only by its type."""
        ours = isinstance(error, ResidencyError)
        outcome = "refused" if isinstance(error, Refused) else "failed"
        reason = f"{type(error).__name__}: {error.message}" if ours else type(error).__name__
        gates = error.gates if isinstance(error, Refused) else ()
        try:
            with self._ledger.writing() as book:
                # An interrupt can come between the commit of an outcome and the line that notes it here.
                if (audit.event(book, call.leaf) or {}).get("call") != call.id:
                    self._append(book, call, outcome, thing=call.thing, reason=reason, gates=gates)
        except audit.LogDamaged:
            # Nothing is appended to a log that is broken; what found it broken says more than that.
            if not isinstance(error, Broken):
                raise
        call.done = True

    def _append(
        self,
        book: Book,
        call: _Call,
        outcome: str,
        *,
        act: Act | None = None,
        thing: Record | None = None,
        reason: str = "",
        gates: Sequence[str] = (),
        detail: dict | None = None,
    ) -> None:
        event = {
            "at": rfc3339(self._clock()),
            "actor": call.actor.body(),
            "act": call.act,
            "call": call.id,
            "outcome": outcome,
            "thing": _name(thing or call.thing),
            "reason": act.reason if act else reason,
            "gates": list(gates),
            "saved": [_name(record) for record in act.saved] if act else [],
            "made": [{"digest": r.digest(), "of": sorted(set(of))} for r, of in act.edges] if act else [],
            "detail": detail or {},
        }
        number = audit.append(book, event, self._log_key)
        if outcome != "lease":
            call.leaf = number
        for record, of in act.edges if act else []:
            lineage.write_edges(book, record.digest(), of, number)


def _refusal(name: str, decision: Decision) -> NotAllowed:
    return NotAllowed(
        f"{name} is refused ({', '.join(decision.gates)}). {decision.says()}",
        remedy=decision.remedy(),
        gates=decision.gates,
    )


def _name(record: Record | None) -> dict | None:
    return None if record is None else {"kind": record.kind, "id": record.id, "digest": record.digest()}
