"""A stream of text cut into blocks of whole lines, in bounded memory.

    text = Lines(parts(source))
    text.header(b"#")           the lines that begin so, at the start
    for block in text.blocks(): …           about a megabyte each; every block ends with a line's end

It refuses a line longer than any file of genomics needs, and text that holds zero bytes. Not here: what the lines say.
"""

from collections.abc import Iterator

from residency.deid.genomes.refusals import GenomeUnreadable

LONGEST = 64 << 20
"""Bytes of one line, or of a whole header: a VCF of 500,000 samples stays below."""


class Lines:
    """Whole lines of a stream of bytes."""

    def __init__(self, stream: Iterator[bytes]) -> None:
        self._stream = stream
        self._waiting = b""
        self._ended = False

    def header(self, mark: bytes) -> list[bytes]:
        """The lines at the start that begin with this mark, without their ends."""
        found: list[bytes] = []
        at = 0
        while True:
            cut = self._waiting.find(b"\n", at)
            while cut < 0 and self._more():
                cut = self._waiting.find(b"\n", at)
            if not self._waiting.startswith(mark, at):
                self._waiting = self._waiting[at:]
                return found
            end = cut if cut >= 0 else len(self._waiting)
            found.append(self._waiting[at:end].rstrip(b"\r"))
            at = end + 1
            if at > LONGEST:
                raise GenomeUnreadable("The header is longer than any that is read here.")

    def blocks(self) -> Iterator[bytes]:
        """All that follows, in blocks of whole lines; the last line may lack its end."""
        while True:
            cut = self._waiting.rfind(b"\n") + 1
            if cut:
                block, self._waiting = self._waiting[:cut], self._waiting[cut:]
                yield block
            if not self._more():
                break
        if self._waiting:
            yield self._waiting
            self._waiting = b""

    def _more(self) -> bool:
        """Wait for parts until one of them ends a line; parts are joined once, however long the line."""
        held, size = [self._waiting], len(self._waiting)
        while not self._ended:
            part = next(self._stream, None)
            if part is None:
                self._ended = True
                break
            if b"\0" in part:
                raise GenomeUnreadable("The text holds zero bytes.")
            held.append(part)
            size += len(part)
            if b"\n" in part:
                break
            if size > LONGEST:
                raise GenomeUnreadable("A line is longer than any that is read here.")
        self._waiting = b"".join(held)
        return len(held) > 1


def decoded(lines: list[bytes]) -> list[str]:
    """Lines of a header as text. Raises GenomeUnreadable unless they are UTF-8."""
    try:
        return [line.decode("utf-8") for line in lines]
    except UnicodeDecodeError as error:
        raise GenomeUnreadable("The header is not written in UTF-8.") from error
