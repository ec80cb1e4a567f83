"""The journal of a run: what its workers said, line by line, for those who watch while it goes on.

    write(book, run.id, lines)
    for number, said in read(book, run.id, since=17): …

Losses and seconds, not records: the log and the ledger's records do not depend on it.
"""

from collections.abc import Iterator, Sequence

from sqlalchemy import func, insert, select

from residency.engine.spec import Progress
from residency.govern.ledger import Book
from residency.govern.schema import progress


def write(book: Book, run: str, said: Sequence[Progress]) -> None:
    """Append lines."""
    newest = book.connection.execute(select(func.max(progress.c.number)).where(progress.c.run == run)).scalar()
    start = 0 if newest is None else newest + 1
    rows = [
        {"run": run, "number": start + place, "body": line.model_dump_json(exclude_none=True)}
        for place, line in enumerate(said)
    ]
    if rows:
        book.connection.execute(insert(progress), rows)


def read(book: Book, run: str, since: int = 0) -> Iterator[tuple[int, Progress]]:
    """Lines from this number on."""
    query = select(progress).where(progress.c.run == run, progress.c.number >= since).order_by(progress.c.number)
    for row in book.connection.execute(query):
        yield row.number, Progress.model_validate_json(row.body)
