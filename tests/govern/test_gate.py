"""The gate: one outcome for each call, everything or nothing, and every failed gate named."""

# ruff: noqa: PT012, SIM117 - how a whole block ends is what is tested

import contextvars
import sys
from contextlib import contextmanager, suppress
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select, update

from residency.errors import Broken
from residency.govern import audit
from residency.govern.audit import LogDamaged
from residency.govern.gate import GatePassedBy, NotAllowed
from residency.govern.identity import Actor
from residency.govern.lease import LeaseEnded
from residency.govern.ledger import LedgerUnavailable, RecordChanged
from residency.govern.schema import edges, head
from residency.protocol.people import NamedPerson, Nothing
from residency.protocol.protocol import Protocol
from residency.site import ActUnknown, perform
from residency.wiring import open_site
from tests.fakes.clinic import NUMBER
from tests.fakes.records import Governed, Thing, governed, thing


@pytest.fixture
def place(both_clinics):
    return both_clinics


def events(place) -> list[dict]:
    with place.site.ledger.reading() as book:
        return [event for _, event in audit.events(book)]


def outcomes(place, since: int) -> list[tuple[str, str]]:
    return [(event["act"], event["outcome"]) for event in events(place)[since:]]


def data(place, **values) -> Governed:
    return governed(place.site.ledger.get(Protocol, NUMBER).terms, **values)


def test_an_act_that_succeeds_leaves_one_event_with_its_records_and_its_lineage(place):
    since, by, made, source = len(events(place)), place.person("rao"), thing("made"), thing("source")
    with place.site.gate.call(by, "ingest"), place.site.gate.act(by, "ingest", data(place)) as act:
        act.save(source, made)
        act.made(made, of=[source])
    (event,) = events(place)[since:]
    assert (event["outcome"], event["actor"]["id"]) == ("done", by.id)
    assert [saved["digest"] for saved in event["saved"]] == [source.digest(), made.digest()]
    assert event["made"] == [{"digest": made.digest(), "of": [source.digest()]}]
    with place.site.ledger.reading() as book:
        row = book.connection.execute(select(edges).where(edges.c.made == made.digest())).one()
    assert (row.of, row.leaf) == (source.digest(), since)
    assert place.site.ledger.get(Thing, "made") == made


@pytest.mark.parametrize("raised", [ValueError("DOE^JANE"), KeyboardInterrupt(), SystemExit(3), MemoryError()])
def test_whatever_ends_the_block_leaves_one_failure_and_nothing_else(place, raised):
    since, by = len(events(place)), place.person("rao")
    with pytest.raises(type(raised)), place.site.gate.call(by, "ingest"):
        with place.site.gate.act(by, "ingest", data(place)) as act:
            act.save(thing("never"))
            act.made(thing(), of=["sha256:" + "0" * 64])
            raise raised
    (event,) = events(place)[since:]
    assert (event["outcome"], event["reason"], event["saved"]) == ("failed", type(raised).__name__, [])
    assert place.site.ledger.all(Thing) == []
    with place.site.ledger.reading() as book:
        assert book.connection.execute(select(func.count()).select_from(edges)).scalar() == 1  # the approval's own


def test_an_error_while_records_are_written_leaves_nothing_of_them(place):
    since, by, twice = len(events(place)), place.person("rao"), thing("liver")
    with place.site.ledger.writing() as book:
        book.save(twice.model_copy(update={"value": 7}))
    with pytest.raises(RecordChanged), place.site.gate.call(by, "ingest"):
        with place.site.gate.act(by, "ingest", data(place)) as act:
            act.save(thing("before"), twice.model_copy())
    assert outcomes(place, since) == [("ingest", "failed")]
    assert [record.name for record in place.site.ledger.all(Thing)] == ["liver"]


def test_an_error_before_the_gate_is_a_failure_of_the_call(place):
    since = len(events(place))
    with pytest.raises(Exception, match="no person"):
        place.do("root", "person.retire", NamedPerson(name="nobody"))
    assert outcomes(place, since) == [("person.retire", "failed")]


def test_an_error_after_the_gate_does_not_add_a_second_outcome(place):
    since, by = len(events(place)), place.person("rao")
    with pytest.raises(ZeroDivisionError), place.site.gate.call(by, "ingest"):
        with place.site.gate.act(by, "ingest", data(place)):
            pass
        raise ZeroDivisionError
    assert outcomes(place, since) == [("ingest", "done")]


def test_an_interrupt_right_after_the_commit_does_not_add_a_second_outcome(place):
    """Ctrl-C at every line that runs between the commit and the end of the call."""
    by, gate = place.person("rao"), place.site.gate
    for line in range(40):
        since, seen = len(events(place)), 0

        def interrupt(frame, what, _, line=line):
            nonlocal seen
            if what == "line" and frame.f_code.co_filename.endswith("govern/gate.py"):
                seen += 1
                if seen == line:
                    sys.settrace(None)
                    raise KeyboardInterrupt
            return interrupt

        def once(line=line, interrupt=interrupt) -> None:
            with suppress(KeyboardInterrupt), gate.call(by, "ingest"), gate.act(by, "ingest", data(place)) as act:
                act.save(thing(f"n{line}"))
                sys.settrace(interrupt)
                sys._getframe().f_trace = interrupt
            sys.settrace(None)

        contextvars.copy_context().run(once)
        found = outcomes(place, since)
        assert len(found) == 1, (line, found)
        saved = {record.name for record in place.site.ledger.all(Thing)}
        assert (f"n{line}" in saved) == (found[0][1] == "done")


def test_a_refusal_names_every_failed_gate_and_saves_nothing(place):
    since, by = len(events(place)), place.person("lind")
    with pytest.raises(NotAllowed) as refused, place.site.gate.call(by, "ingest"):
        with place.site.gate.act(by, "ingest", data(place), purpose="marketing") as act:
            act.save(thing("never"))
    gates = ("ROLE", "PERSON-NOT-ON-PROTOCOL", "PURPOSE")
    assert refused.value.gates == gates
    assert all(gate in refused.value.message for gate in gates)
    (event,) = events(place)[since:]
    assert (event["outcome"], event["gates"]) == ("refused", list(gates))
    assert place.site.ledger.all(Thing) == []


def test_a_refused_block_does_not_run(place):
    by, ran = place.person("lind"), []
    with pytest.raises(NotAllowed), place.site.gate.call(by, "ingest"), place.site.gate.act(by, "ingest", data(place)):
        ran.append(True)
    assert ran == []


def test_a_function_that_forgets_the_gate_is_found(place):
    since, by = len(events(place)), place.person("rao")
    with pytest.raises(GatePassedBy), place.site.gate.call(by, "ingest"):
        pass
    assert outcomes(place, since) == [("ingest", "failed")]


def test_a_function_that_passes_the_gate_twice_is_found_and_saves_once(place):
    since, by = len(events(place)), place.person("rao")
    with pytest.raises(GatePassedBy), place.site.gate.call(by, "ingest"):
        for name in ("first", "second"):
            with place.site.gate.act(by, "ingest", data(place)) as act:
                act.save(thing(name))
    assert outcomes(place, since) == [("ingest", "done")]
    assert [record.name for record in place.site.ledger.all(Thing)] == ["first"]


@pytest.mark.parametrize("way", ["act", "lease"])
def test_the_gate_opens_only_inside_a_call_of_the_same_act_by_the_same_person(place, way):
    gate, rao, okoye = place.site.gate, place.person("rao"), place.person("okoye")
    since = len(events(place))
    with pytest.raises(GatePassedBy), getattr(gate, way)(rao, "ingest", None):
        pass
    for by, name in ((okoye, "ingest"), (rao, "deid.run")):
        with pytest.raises(GatePassedBy), gate.call(rao, "ingest"), getattr(gate, way)(by, name, None):
            pass
    assert outcomes(place, since) == [("ingest", "failed")] * 2


def test_calls_inside_calls_leave_one_outcome_each(place):
    since, by, gate = len(events(place)), place.person("rao"), place.site.gate
    with gate.call(by, "study.run"):
        place.do("rao", "protocol.list", Nothing())
        with pytest.raises(NotAllowed):
            place.do("rao", "audit.log", Nothing())
        with gate.act(by, "study.run"):
            pass
    assert outcomes(place, since) == [("protocol.list", "done"), ("audit.log", "refused"), ("study.run", "done")]


def test_no_other_door_is_opened_inside_the_block(place):
    """What the block itself does to files, network and processes: nothing."""
    by, watching, seen = place.person("rao"), [False], []
    forbidden = ("open", "os.", "shutil.", "socket.", "subprocess.")

    def watch(event, args):
        if watching[0] and event.startswith(forbidden):
            seen.append((event, args))

    sys.addaudithook(watch)
    for act, ask in _light_acts():
        gate, original = place.site.gate, place.site.gate.act

        def watched(*given, original=original, **more):
            return _Watched(original(*given, **more), watching)

        gate.act = watched
        try:
            place.do(*act, ask)
        finally:
            gate.act = original
    with place.site.gate.call(by, "ingest"), _Watched(place.site.gate.act(by, "ingest", data(place)), watching) as act:
        act.save(thing("liver"))
    assert [one for one in seen if "ledger.db" not in str(one) and "socket" not in one[0]] == []


class _Watched:
    """A block of the gate during whose body an audit hook looks."""

    def __init__(self, block, watching: list[bool]) -> None:
        self._block, self._watching = block, watching

    def __enter__(self):
        entered = self._block.__enter__()
        self._watching[0] = True
        return entered

    def __exit__(self, *error):
        self._watching[0] = False
        return self._block.__exit__(*error)


def _light_acts():
    from residency.protocol.people import AddPerson
    from residency.protocol.protocol import Amend

    yield ("okoye", "protocol.amend"), Amend(protocol=NUMBER, reason="one more", add_person=("lind",))
    yield ("root", "person.add"), AddPerson(name="new", printed_name="N", role=("auditor",), new_passphrase="x" * 8)
    yield ("root", "person.retire"), NamedPerson(name="new")


def test_a_lease_is_logged_before_any_key_is_handed_out(place):
    since, by = len(events(place)), place.person("rao")
    with place.site.gate.call(by, "ingest"):
        with place.site.gate.lease(by, "ingest", data(place), purpose="research") as lease:
            (event,) = events(place)[since:]
            assert (event["outcome"], event["detail"]["lease"]) == ("lease", lease.id)
            assert event["detail"]["purpose"] == "research"
        with place.site.gate.act(by, "ingest", data(place)):
            pass
    assert outcomes(place, since) == [("ingest", "lease"), ("ingest", "done")]


def test_a_lease_opens_the_groups_that_were_saved_and_only_those_named(place):
    by, gate = place.person("rao"), place.site.gate
    with gate.call(by, "ingest"):
        with gate.lease(by, "ingest", data(place)) as lease:
            space = lease.new_space("source-1")
            keys = [space.new_group(f"sub-{n}", "imaging", lease.at, by.id) for n in range(3)]
        with gate.act(by, "ingest", data(place)) as act:
            act.save(space.record, *space.made.values())
    with suppress(GatePassedBy), gate.call(by, "deid.run"), gate.lease(by, "deid.run", data(place)) as lease:
        assert lease.keys(space.record.id) == {key.id: key.key for key in keys}
        assert lease.keys(space.record.id, [keys[1].id, "key-group-unknown"]) == {keys[1].id: keys[1].key}


def test_a_refused_lease_hands_out_nothing_and_is_logged_as_refused(place):
    since, by = len(events(place)), place.person("lind")
    with pytest.raises(NotAllowed), place.site.gate.call(by, "ingest"):
        with place.site.gate.lease(by, "ingest", data(place)):
            pytest.fail("the block of a refused lease ran")
    assert outcomes(place, since) == [("ingest", "refused")]


def test_a_lease_opens_nothing_after_its_block_nor_after_its_minutes(place):
    by = place.person("rao")
    now = [datetime.now(UTC)]
    site = open_site(place.site.folder, clock=lambda: now[0])
    with pytest.raises(LeaseEnded), site.gate.call(by, "ingest"), site.gate.lease(by, "ingest", data(place)) as lease:
        space = lease.new_space("source-1").record.id
        lease.keys(space)
        now[0] += timedelta(minutes=site.settings.lease_minutes)
        lease.keys(space)
    with pytest.raises(LeaseEnded), site.gate.call(by, "ingest"):
        with site.gate.lease(by, "ingest", data(place)) as lease:
            space = lease.new_space("source-1").record.id
        lease.keys(space)
    site.ledger.close()


@contextmanager
def leased_at(place, now):
    """A lease for an intake on a site whose clock a test moves; `place.site.ledger` may be used beside it."""
    by, site = place.person("rao"), open_site(place.site.folder, clock=lambda: now[0])
    with suppress(GatePassedBy), site.gate.call(by, "ingest"):
        with site.gate.lease(by, "ingest", data(place)) as lease:
            yield lease, site.settings
    site.ledger.close()


def test_work_longer_than_a_lease_keeps_it_with_one_event_for_each_lengthening(place):
    now, since = [datetime.now(UTC)], len(events(place))
    with leased_at(place, now) as (lease, settings):
        space, began = lease.new_space("source-1").record.id, now[0]
        while now[0] < began + timedelta(minutes=3 * settings.lease_minutes):
            lease.keep()
            lease.keys(space)
            now[0] += timedelta(minutes=1)
    leases = [event for event in events(place)[since:] if event["outcome"] == "lease"]
    assert {event["detail"]["lease"] for event in leases} == {lease.id}
    assert 6 <= len(leases) <= 7
    assert [event["detail"]["ends"] for event in leases] == sorted({event["detail"]["ends"] for event in leases})


def test_one_thing_that_takes_longer_than_the_lease_is_asked_about_before_the_next(place):
    now = [datetime.now(UTC)]
    with leased_at(place, now) as (lease, settings):
        space = lease.new_space("source-1").record.id
        now[0] += timedelta(minutes=2 * settings.lease_minutes)
        with pytest.raises(LeaseEnded):
            lease.keys(space)
        lease.keep()
        lease.keys(space)


def test_work_under_a_protocol_that_ends_stops_within_a_minute(place):
    ends = place.site.ledger.get(Protocol, NUMBER).terms.ends
    began = ends - timedelta(minutes=20)
    now = [began]
    with pytest.raises(NotAllowed) as stopped, leased_at(place, now) as (lease, _):
        while now[0] < ends + timedelta(hours=1):
            lease.keep()
            now[0] += timedelta(seconds=15)
    assert stopped.value.gates == ("PROTOCOL-EXPIRED",)
    assert ends <= now[0] <= ends + timedelta(minutes=1)
    assert outcomes(place, 0)[-1] == ("ingest", "refused")


def test_work_from_whose_protocol_its_person_is_taken_stops_within_a_minute(place):
    now = [datetime.now(UTC)]
    with pytest.raises(NotAllowed) as stopped, leased_at(place, now) as (lease, _):
        lease.keep()
        protocol = place.site.ledger.get(Protocol, NUMBER)
        with place.site.ledger.writing() as book:
            book.save(protocol.model_copy(update={"terms": protocol.terms.model_copy(update={"people": ("okoye",)})}))
        for _ in range(5):
            now[0] += timedelta(seconds=10)
            lease.keep()
    assert stopped.value.gates == ("PERSON-NOT-ON-PROTOCOL",)


def test_a_lease_cannot_be_kept_after_its_block(place):
    now = [datetime.now(UTC)]
    with leased_at(place, now) as (lease, _):
        pass
    now[0] += timedelta(hours=2)
    with pytest.raises(LeaseEnded):
        lease.keep()


def test_a_lease_ends_no_later_than_its_protocol(place):
    by = place.person("rao")
    terms = place.site.ledger.get(Protocol, NUMBER).terms
    almost = terms.ends - timedelta(minutes=5)
    site = open_site(place.site.folder, clock=lambda: almost)
    with suppress(GatePassedBy), site.gate.call(by, "ingest"), site.gate.lease(by, "ingest", data(place)) as lease:
        assert lease.ends <= terms.ends
    site.ledger.close()


@pytest.mark.parametrize(
    ("shift", "gate"), [(timedelta(days=4000), "PROTOCOL-EXPIRED"), (-timedelta(days=4000), "PROTOCOL-NOT-STARTED")]
)
def test_outside_its_dates_a_protocol_opens_nothing(place, shift, gate):
    site = open_site(place.site.folder, clock=lambda: datetime.now(UTC) + shift)
    by = place.person("rao")
    assert site.gate.ask(by, "ingest", data(place)).gates == (gate,)
    site.ledger.close()


def test_data_of_a_protocol_that_nobody_proposed_are_not_opened(place):
    unknown = data(place).model_copy(
        update={
            "terms": place.site.ledger.get(Protocol, NUMBER).terms.model_copy(update={"protocols": ("protocol-x",)})
        }
    )
    assert "PROTOCOL-NOT-APPROVED" in place.site.gate.ask(place.person("rao"), "ingest", unknown).gates


def test_terms_narrowed_since_the_data_were_made_hold_for_the_data(place):
    by, old = place.person("rao"), data(place)
    protocol = place.site.ledger.get(Protocol, NUMBER)
    with place.site.ledger.writing() as book:
        book.save(protocol.model_copy(update={"terms": protocol.terms.model_copy(update={"people": ("okoye",)})}))
    assert place.site.gate.ask(by, "ingest", old).gates == ("PERSON-NOT-ON-PROTOCOL",)


def test_data_that_do_not_say_their_class_count_as_identified(place):
    class Silent(Governed):
        """A record that forgot its class."""

        data_class: None = None

    silent = Silent(**data(place).model_dump(exclude={"data_class"}))
    object.__delattr__(silent, "data_class")
    assert "CLASS" in place.site.gate.ask(place.person("marsh"), "run.submit", silent).gates


def test_of_two_who_change_one_thing_the_second_conflicts(place):
    """Both looked, both decided; the first to write wins, and the second is told."""
    by, gate = place.person("rao"), place.site.gate
    with place.site.ledger.writing() as book:
        book.save(thing("liver"))
    seen = place.site.ledger.get(Thing, "liver")
    place_2 = open_site(place.site.folder)
    with place_2.gate.call(by, "ingest"), place_2.gate.act(by, "ingest", data(place)) as act:
        act.save(place_2.ledger.get(Thing, "liver").model_copy(update={"value": 1}))
    with pytest.raises(RecordChanged), gate.call(by, "ingest"), gate.act(by, "ingest", data(place)) as act:
        act.save(seen.model_copy(update={"value": 2}))
    assert place.site.ledger.get(Thing, "liver").value == 1
    place_2.ledger.close()


def test_no_event_no_act(place):
    """When the log cannot take the event, the records are not there either, and what broke is said."""
    by = place.person("rao")
    with place.site.ledger.writing() as book:
        book.connection.execute(update(head).values(note=""))
    with pytest.raises(LogDamaged), place.site.gate.call(by, "ingest"):
        with place.site.gate.act(by, "ingest", data(place)) as act:
            act.save(thing("never"))
    assert place.site.ledger.all(Thing) == []
    with pytest.raises(Broken, match="HEAD-MISSING"):
        perform(place.site, place.person("ito"), "audit.verify", _verify_log())


def _verify_log():
    from residency.upkeep.log import VerifyLog

    return VerifyLog()


def test_an_unknown_act_is_bad_input(place):
    with pytest.raises(ActUnknown):
        perform(place.site, place.person("root"), "no.such", None)


def test_the_log_names_no_person_and_no_value_of_a_foreign_error(place):
    by = place.person("rao")
    with pytest.raises(ValueError, match="DOE"), place.site.gate.call(by, "ingest"):
        raise ValueError("DOE^JANE")
    text = str(events(place))
    assert "DOE" not in text
    assert "rao" not in text


def test_a_run_acts_under_the_name_of_its_person_and_only_reports(place):
    run = Actor("run", "run-1", "marsh")
    trained = data(place)
    assert place.site.gate.ask(run, "run.train", trained).allowed
    assert place.site.gate.ask(run, "run.submit", trained).gates == ("ROLE",)
    assert place.site.gate.ask(run, "run.train", trained, splits=("test",)).gates == ("TEST-SPLIT-SEALED",)
    stranger = Actor("run", "run-1", "lind")
    assert place.site.gate.ask(stranger, "run.train", trained).gates == ("PERSON-NOT-ON-PROTOCOL",)


def test_a_database_that_is_locked_fails_the_act_by_name(place, monkeypatch):
    from residency.govern import ledger as module
    from residency.govern.ledger import Ledger

    by = place.person("rao")
    monkeypatch.setattr(module, "BUSY_SECONDS", 1)
    holder = Ledger.open(place.site.ledger.engine.url.render_as_string(hide_password=False))
    site = open_site(place.site.folder)
    with holder.writing(), pytest.raises(LedgerUnavailable), site.gate.call(by, "ingest"):
        with site.gate.act(by, "ingest", data(place)):
            pytest.fail("the block ran without the database")
    holder.close()
    site.ledger.close()
