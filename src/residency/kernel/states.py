"""State machines as tables: what is not listed cannot happen.

RUN = Machine("run", {("queued", "placed"): "training", …})
RUN.move("queued", "placed")  ->  "training"

Not here: any machine; each stands beside the record whose state it is.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from residency.errors import Conflict


class InvalidMove(Conflict):
    """The state does not allow this event."""


@dataclass(frozen=True)
class Machine:
    """A named table from (state, event) to the next state."""

    name: str
    moves: Mapping[tuple[str, str], str]

    @property
    def states(self) -> frozenset[str]:
        """Every state that the table names."""
        return frozenset(state for state, _ in self.moves) | frozenset(self.moves.values())

    @property
    def events(self) -> frozenset[str]:
        """Every event that the table names."""
        return frozenset(event for _, event in self.moves)

    def move(self, state: str, event: str) -> str:
        """The state after the event; raises InvalidMove for a pair that is not listed."""
        try:
            return self.moves[state, event]
        except KeyError:
            possible = sorted(name for at, name in self.moves if at == state) or ["nothing: it is final"]
            raise InvalidMove(
                f"A {self.name} that is {state} cannot take '{event}'.",
                remedy=f"Possible now: {', '.join(possible)}.",
            ) from None
