"""Names that are the same in all processes of one call: drawn ones are drawn by the parent, whoever asks.

    names = Shared(Vault())            used by everything; in a forked process:
    names.ask_over(line)               from now on questions go to the parent, which replies `names.answer(*question)`

Names under a key need no asking: every process derives the same. Not here: how names are made (`pseudonyms`, `vault`).
"""

from functools import lru_cache
from multiprocessing.connection import Connection

from residency.deid.pseudonyms import Names
from residency.deid.vault import Vault

_REMEMBERED = 1 << 16


class Shared:
    """The `Names` of one call."""

    def __init__(self, given: Names) -> None:
        self.given = given
        self._line: Connection | None = None
        self._known = lru_cache(_REMEMBERED)(self._asked)

    def __repr__(self) -> str:
        return "Shared(…)"

    @property
    def drawn(self) -> bool:
        """Whether the names are drawn at random, and so derived from nothing."""
        return isinstance(self.given, Vault)

    def ask_over(self, line: Connection) -> None:
        """In another process: ask for what is drawn."""
        self._line = line if self.drawn else None

    def answer(self, what: str, words: tuple[str, ...]) -> str:
        """The reply to a question of another process."""
        return getattr(self.given, what)(*words)

    def news(self) -> bytes:
        """What was drawn since this was last asked; nothing under a key."""
        return self.given.news() if isinstance(self.given, Vault) else b""

    def learn(self, news: bytes) -> None:
        """Take over what was drawn by an earlier call."""
        if isinstance(self.given, Vault):
            self.given.learn(news)

    def code(self, issuer: str, patient_id: str) -> str:
        """The subject's code."""
        return self._name("code", issuer, patient_id)

    def uid(self, original: str) -> str:
        """The new UID of a thing."""
        return self._name("uid", original)

    def thing(self, kind: str, original: str) -> str:
        """The code of a thing of some kind."""
        return self._name("thing", kind, original)

    def shift_days(self, issuer: str, patient_id: str) -> int | None:
        """Whole days by which the dates of a subject move; nobody is asked for it."""
        return self.given.shift_days(issuer, patient_id)

    def _name(self, what: str, *words: str) -> str:
        return self.answer(what, words) if self._line is None else self._known(what, words)

    def _asked(self, what: str, words: tuple[str, ...]) -> str:
        if self._line is None:
            return self.answer(what, words)
        self._line.send(("name", (what, words)))
        return self._line.recv()
