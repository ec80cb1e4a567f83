"""A run moves only as its table says."""

from itertools import product

import pytest

from residency.kernel.states import InvalidMove
from residency.runs.run import FINAL, RESUMABLE, RUN_STATES

EVENTS = ("place", "checkpoint", "lose", "stop", "finish", "give-up", "resume")
STATES = ("submitted", "training", "recovering", "finished", "stopped", "failed")
MOVES = {
    ("submitted", "place"): "training",
    ("recovering", "place"): "training",
    ("training", "checkpoint"): "training",
    ("training", "lose"): "recovering",
    ("training", "finish"): "finished",
    **{(state, "stop"): "stopped" for state in ("submitted", "training", "recovering")},
    **{(state, "give-up"): "failed" for state in ("submitted", "training", "recovering")},
    **{(state, "resume"): "recovering" for state in ("stopped", "failed")},
}


@pytest.mark.parametrize(("state", "event"), [*product(STATES, EVENTS)])
def test_every_event_in_every_state_leads_where_the_table_says_or_nowhere(state, event):
    if (state, event) in MOVES:
        assert RUN_STATES.move(state, event) == MOVES[state, event]
    else:
        with pytest.raises(InvalidMove):
            RUN_STATES.move(state, event)


def test_what_has_ended_moves_again_by_a_new_submission_alone_and_what_has_finished_never():
    moves = {state: {event for event in EVENTS if (state, event) in MOVES} for state in STATES}
    assert {state for state in STATES if moves[state] <= {"resume"}} == FINAL
    assert {state for state in STATES if moves[state] == {"resume"}} == RESUMABLE
    assert {"finished"} == FINAL - RESUMABLE
