"""How well spans cover what was planted: by kind, fully covered; precision by signs; what survived."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from residency.deid.notes.spans import Span


@dataclass
class Score:
    """Counts over notes; `missed` holds the texts that were not fully covered."""

    planted: Counter = field(default_factory=Counter)
    found: Counter = field(default_factory=Counter)
    missed: list[tuple[str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    lost: list[str] = field(default_factory=list)
    covered: int = 0
    right: int = 0
    kept: int = 0
    survived: int = 0

    def add(self, text: str, planted: Iterable[Span], kept: Iterable[tuple[int, int]], spans: Iterable[Span]) -> None:
        """Count one note."""
        ours, theirs = bytearray(len(text)), bytearray(len(text))
        for span in spans:
            ours[span.start : span.end] = b"\1" * (span.end - span.start)
        for span in planted:
            theirs[span.start : span.end] = b"\1" * (span.end - span.start)
            self.planted[span.kind] += 1
            if all(ours[at] for at in range(span.start, span.end) if text[at].isalnum()):
                self.found[span.kind] += 1
            else:
                self.missed.append((span.kind, text[span.start : span.end]))
        letters = [at for at in range(len(text)) if ours[at] and text[at].isalnum()]
        self.covered += len(letters)
        self.right += sum(theirs[at] for at in letters)
        for span in spans:
            if not any(theirs[span.start : span.end]):
                self.wrong.append(f"{span.kind}/{span.source}: {text[span.start : span.end]}")
        for start, end in kept:
            self.kept += 1
            if any(ours[start:end]):
                self.lost.append(text[start:end])
            else:
                self.survived += 1

    def recall(self, *kinds: str) -> float:
        """The part of the planted that is fully covered."""
        wanted = kinds or tuple(self.planted)
        return sum(self.found[kind] for kind in wanted) / max(1, sum(self.planted[kind] for kind in wanted))

    def precision(self) -> float:
        """The part of the covered letters and digits that was planted."""
        return self.right / max(1, self.covered)

    def keeping(self) -> float:
        """The part of clinical terms and values that survived untouched."""
        return self.survived / max(1, self.kept)
