"""Windows over sealed token sequences: every token is said once in an epoch, in an order that a resume keeps."""

from collections import Counter

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from residency.engine.sampling import Share
from residency.engine.windows import PADDED, TokensRefused, WindowBatches, Windows
from residency.store.arrays import Shards
from residency.store.sealed import GroupKey, KeyNotHeld
from residency.store.shards import ShardWriter
from tests.fakes.counting_objects import CountingObjects
from tests.fakes.memory_objects import MemoryObjects

KEY = GroupKey("group-1", bytes(range(32)))
KEYS = {KEY.id: KEY.key}
LENGTHS = (1, 2, 7, 8, 9, 16, 17, 40, 1)


def sequences(lengths, dtype=np.uint16):
    """Documents of which every token is another, in order: what is read can be told by its value."""
    ends = np.cumsum(lengths)
    return [np.arange(end - size, end).astype(dtype) for end, size in zip(ends, lengths, strict=True)]


def sealed(arrays, chunk=None):
    objects = CountingObjects(MemoryObjects())
    writer = ShardWriter(objects)
    refs = [writer.add(KEY, array, context=f"document {n}", chunk=chunk) for n, array in enumerate(arrays)]
    writer.commit()
    return objects, refs


def windows(arrays, length, chunk=None):
    objects, refs = sealed(arrays, chunk)
    return Windows(Shards(objects), refs, KEYS, length)


def batches(lengths=LENGTHS, rank=0, ranks=1, ahead=1):
    return WindowBatches(windows(sequences(lengths), 4), seed=7, batch=4, share=Share(rank, ranks), ahead=ahead)


def same(one, other):
    return np.array_equal(one.tokens, other.tokens) and np.array_equal(one.items, other.items)


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_every_token_but_the_first_of_a_document_is_said_once_in_an_epoch_after_the_one_before_it(data):
    lengths = data.draw(st.lists(st.integers(1, 40), min_size=1, max_size=8).filter(lambda found: max(found) > 1))
    length, seed = data.draw(st.integers(1, 20)), data.draw(st.integers(0, 2**32 - 1))
    epoch = data.draw(st.integers(0, 3))
    documents = sequences(lengths, data.draw(st.sampled_from([np.uint16, np.uint32])))
    found = windows(documents, length, chunk=(data.draw(st.integers(1, 16)),))
    said = Counter()
    for index in range(len(found)):
        tokens, item = found.window(seed, epoch * len(found) + index)
        assert (tokens.shape, tokens.dtype) == ((length + 1,), np.int64)
        there = tokens[tokens != PADDED]
        assert np.array_equal(tokens[: len(there)], there)  # padding stands at the end
        assert set(there.tolist()) <= set(documents[item].tolist())
        assert (np.diff(there) == 1).all()
        assert len(there) > 1
        said.update(there[1:].tolist())
    assert said == Counter(token for document in documents for token in document[1:].tolist())


def test_a_document_shorter_than_a_window_gives_one_that_is_filled_up_and_one_of_a_single_token_none():
    found = windows([np.array([5, 255, 6], np.uint16), np.array([9], np.uint16)], 8)
    assert len(found) == 1
    tokens, item = found.window(0, 0)
    assert (tokens.tolist(), item) == ([5, 255, 6] + [PADDED] * 6, 0)
    # 255 means "ignored" in a label map; here it is a token, and said.
    scores = torch.zeros(8, 256)
    kept = torch.nn.functional.cross_entropy(scores, torch.from_numpy(tokens[1:]), reduction="none")
    assert (kept > 0).tolist() == [True, True] + [False] * 6


def test_two_ranks_together_see_what_one_sees_and_no_batch_depends_on_threads_or_a_resume():
    alone = batches()
    whole = {cursor: alone.take(cursor) for cursor in range(0, 60, 4)}
    for ahead in (1, 2, 5):
        ranks = [batches(rank=rank, ranks=2, ahead=ahead) for rank in range(2)]
        for cursor, batch in whole.items():
            parts = [rank.take(cursor) for rank in ranks]
            assert np.array_equal(batch.tokens, np.concatenate([part.tokens for part in parts]))
            assert np.array_equal(batch.items, np.concatenate([part.items for part in parts]))
        resumed = batches(ahead=ahead)
        assert all(same(resumed.take(cursor), whole[cursor]) for cursor in range(28, 60, 4))


def test_epochs_and_seeds_differ_in_their_order():
    found = windows(sequences([200]), 4)
    orders = [[found.window(seed, at + n)[0][0] for n in range(50)] for seed, at in ((1, 0), (1, 50), (2, 0))]
    assert len({tuple(order) for order in orders}) == 3
    assert len({tuple(sorted(order)) for order in orders}) == 1


def test_a_window_reads_the_chunks_that_it_touches_and_no_others():
    rows = np.random.default_rng(1).integers(0, 50_000, 100_000).astype(np.uint16)
    objects, refs = sealed([rows], chunk=(1000,))
    found = Windows(Shards(objects), refs, KEYS, 500)
    objects.forget()
    for count in range(20):
        found.window(3, count)
    # A window of 501 tokens touches two chunks of 1,000 at most, each about 2,000 bytes sealed.
    assert 0 < objects.bytes_read <= 20 * 2 * 2_200
    assert objects.bytes_read < objects.size(refs[0].name) / 2


@pytest.mark.parametrize(
    ("arrays", "length"),
    [
        ([], 8),
        ([np.array([1], np.uint16)], 8),
        ([np.arange(9, dtype=np.uint16)], 0),
        ([np.arange(9, dtype=np.int64)], 8),
        ([np.zeros((9, 9), np.uint16)], 8),
    ],
    ids=["none", "one token", "no length", "signed", "two dimensions"],
)
def test_what_gives_no_window_of_tokens_is_refused_at_once(arrays, length):
    with pytest.raises(TokensRefused):
        windows(arrays, length)


def test_a_sequence_of_another_type_than_the_first_is_refused_when_it_is_read():
    found = windows([np.arange(9, dtype=np.uint16), np.arange(9, dtype=np.uint32)], 8)
    with pytest.raises(TokensRefused, match="uint32"):
        [found.window(0, count) for count in range(len(found))]


def test_without_the_key_of_a_document_there_is_no_window_of_it():
    objects, refs = sealed(sequences([9, 9]))
    with pytest.raises(KeyNotHeld):
        Windows(Shards(objects), refs, {}, 4)
