"""Lineage answers from both ends, and a circle does not hang it."""

from residency.govern import lineage


def edges(ledger, *pairs):
    with ledger.writing() as book:
        for leaf, (made, of) in enumerate(pairs):
            lineage.write_edges(book, made, [of], leaf)


def walk(ledger, function, start):
    with ledger.reading() as book:
        return {(edge.made, edge.of) for edge in function(book, start)}


STORY = (("intake", "source"), ("deid", "intake"), ("version", "deid"), ("model", "version"), ("other", "source"))


def test_ancestors_reach_down_to_every_source_and_no_further(ledger):
    edges(ledger, *STORY)
    assert walk(ledger, lineage.ancestors, "version") == {
        ("version", "deid"),
        ("deid", "intake"),
        ("intake", "source"),
    }
    assert walk(ledger, lineage.ancestors, "source") == set()


def test_descendants_reach_everything_that_learned_from_it(ledger):
    edges(ledger, *STORY)
    assert walk(ledger, lineage.descendants, "source") == set(STORY)
    assert walk(ledger, lineage.descendants, "model") == set()


def test_a_record_with_two_parents_is_walked_once(ledger):
    edges(ledger, ("c", "a"), ("c", "b"), ("a", "root"), ("b", "root"))
    assert len(walk(ledger, lineage.ancestors, "c")) == 4


def test_a_walk_in_a_circle_ends(ledger):
    edges(ledger, ("a", "b"), ("b", "a"))
    assert walk(ledger, lineage.ancestors, "a") == {("a", "b"), ("b", "a")}


def test_naming_a_source_twice_is_one_edge(ledger):
    with ledger.writing() as book:
        lineage.write_edges(book, "a", ["b", "b"], 0)
    assert walk(ledger, lineage.ancestors, "a") == {("a", "b")}


def test_names_of_records_are_found_by_their_digests(ledger):
    from tests.fakes.records import thing

    record = thing("liver")
    with ledger.writing() as book:
        book.save(record)
    with ledger.reading() as book:
        assert lineage.names(book, [record.digest(), "sha256:unknown"]) == {record.digest(): ("thing", record.id)}
