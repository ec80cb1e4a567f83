"""What was made from what: edges between digests of records, written in the transaction that saves what was made.

ancestors(book, model.digest())  ->  every record the model descends from, down to its sources

Not here: what is drawn of it (`demo.graph`), or proved of it (`release`).
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from sqlalchemy import insert, select

from residency.govern.ledger import Book
from residency.govern.schema import edges, records


@dataclass(frozen=True)
class Edge:
    """`made` was made of `of`; `leaf` is the number of the event that says so."""

    made: str
    of: str
    leaf: int


def write_edges(book: Book, made: str, of: Iterable[str], leaf: int) -> None:
    """Record that one digest was made of others."""
    rows = [{"made": made, "of": source, "leaf": leaf} for source in sorted(set(of))]
    if rows:
        book.connection.execute(insert(edges), rows)


def ancestors(book: Book, digest: str) -> list[Edge]:
    """Every edge on the way from a record down to its sources."""
    return _walk(digest, lambda at: book.connection.execute(select(edges).where(edges.c.made == at)), lambda e: e.of)


def descendants(book: Book, digest: str) -> list[Edge]:
    """Every edge on the way from a record up to all that learned from it."""
    return _walk(digest, lambda at: book.connection.execute(select(edges).where(edges.c.of == at)), lambda e: e.made)


def names(book: Book, digests: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Kind and identifier of the records with these digests."""
    wanted = sorted(set(digests))
    query = select(records.c.digest, records.c.kind, records.c.id).where(records.c.digest.in_(wanted))
    return {row.digest: (row.kind, row.id) for row in book.connection.execute(query)}


def _walk(start: str, step: Callable, onward: Callable[[Edge], str]) -> list[Edge]:
    found: dict[Edge, None] = {}
    seen, waiting = {start}, [start]
    while waiting:
        for row in step(waiting.pop()):
            edge = Edge(row.made, row.of, row.leaf)
            found[edge] = None
            if onward(edge) not in seen:
                seen.add(onward(edge))
                waiting.append(onward(edge))
    return list(found)
