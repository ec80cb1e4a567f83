"""A run moves only as its table says."""

from itertools import product

import pytest

from residency.kernel.states import InvalidMove
from residency.runs.run import FINAL, RUN_STATES

EVENTS = ("place", "checkpoint", "lose", "stop", "finish", "give-up")
STATES = ("submitted", "training", "recovering", "finished", "stopped", "failed")
MOVES = {
    ("submitted", "place"): "training",
    ("recovering", "place"): "training",
    ("training", "checkpoint"): "training",
    ("training", "lose"): "recovering",
    ("training", "finish"): "finished",
    **{(state, "stop"): "stopped" for state in ("submitted", "training", "recovering")},
    **{(state, "give-up"): "failed" for state in ("submitted", "training", "recovering")},
}


@pytest.mark.parametrize(("state", "event"), [*product(STATES, EVENTS)])
def test_every_event_in_every_state_leads_where_the_table_says_or_nowhere(state, event):
    if (state, event) in MOVES:
        assert RUN_STATES.move(state, event) == MOVES[state, event]
    else:
        with pytest.raises(InvalidMove):
            RUN_STATES.move(state, event)


def test_what_has_ended_never_moves_again():
    assert {state for state in STATES if not any((state, event) in MOVES for event in EVENTS)} == FINAL
