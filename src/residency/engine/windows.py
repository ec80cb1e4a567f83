"""From sealed token sequences to windows of one length, resumable to the sample.

    windows = Windows(Shards(sealed.objects), refs, keys, length=1024)
    tokens, item = windows.window(seed, count)          # int64, 1025 of them; which of the refs they are from
    batches = WindowBatches(windows, seed=7, batch=8, share=Share(rank=0, world=2))
    batches.take(cursor).tokens                         # this rank's part of the global batch at the cursor

A window is `length` tokens and the one after them: what goes in is all but the last, what is to be said all but the
first. Windows never cross documents and are `length` apart, so that every token but the first of a document is to be
said once in an epoch. The last window of a document, the only one of a short one, is filled up with PADDED at its end;
a document of one token has none. Sample k is window `k mod n` of the permutation of epoch `k div n`, as in `sampling`.
Only the chunks that a window touches are opened, nothing decoded is remembered: an intake that seals sequences should
choose chunks of a few windows. Not here: volumes (`sampling`, `volumes`), making tokens of text.
"""

import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from residency.engine.ahead import Ahead
from residency.engine.sampling import Share, place
from residency.errors import BadInput
from residency.store.arrays import SealedArray, Shards
from residency.store.shards import ArrayRef

PADDED = -100
"""No token, and what torch's cross entropy leaves out unless told otherwise. IGNORED (255) of the label maps is a token
here. Where it goes into a network it must be replaced, by any token: nothing before it looks at it, nothing is said."""
_TYPES = (np.dtype("<u2"), np.dtype("<u4"))
_KEPT_OPEN = 256


class TokensRefused(BadInput):
    """The arrays are not sequences of tokens of one type, or give no window."""


@dataclass(frozen=True)
class Sequences:
    """Windows: tokens (batch, length + 1) int64, PADDED behind the end of a document; items (batch,) int64, of which
    refs they are.
    """

    tokens: np.ndarray
    items: np.ndarray


class Windows:
    """All windows of a split; may be shared by threads. `refs` are arrays of one dimension, uint16 or uint32."""

    def __init__(self, shards: Shards, refs: Sequence[ArrayRef], keys: Mapping[str, bytes], length: int) -> None:
        self._shards, self._refs, self._keys, self.length = shards, refs, keys, length
        self._open: OrderedDict[int, SealedArray] = OrderedDict()
        self._lock = threading.Lock()
        # The type of all is that of the first, which is checked as each is opened: a split may hold a million of them,
        # and opening one takes a decryption.
        self._type = shards.open(refs[0], keys).dtype if refs else _TYPES[0]
        if refs:
            self._array(0)
        sizes = np.array([ref.size for ref in refs], np.int64) // self._type.itemsize
        self._ends = np.cumsum(-(-(sizes - 1) // length)) if length > 0 else np.zeros(0, np.int64)
        if not len(self):
            raise TokensRefused(
                f"{len(refs)} sequences give no window of {length} tokens.", remedy="Give sequences of two or more."
            )

    def __len__(self) -> int:
        """How many windows there are: an epoch."""
        return int(self._ends[-1]) if len(self._ends) else 0

    def window(self, seed: int, count: int) -> tuple[np.ndarray, int]:
        """The sample with this count: `length` + 1 tokens as int64, and which of the refs they are from.

        Raises TokensRefused, and what the store raises.
        """
        _, _, number = place(seed, count, len(self))
        item = int(np.searchsorted(self._ends, number, "right"))
        before = int(self._ends[item - 1]) if item else 0
        return self._read(item, (number - before) * self.length), item

    def _read(self, item: int, start: int) -> np.ndarray:
        array = self._array(item)
        tokens = np.full(self.length + 1, PADDED, np.int64)
        stop = min(start + self.length + 1, array.shape[0])
        tokens[: stop - start] = array[(slice(start, stop),)]
        return tokens

    def _array(self, item: int) -> SealedArray:
        with self._lock:
            if item in self._open:
                self._open.move_to_end(item)
                return self._open[item]
        array = self._shards.open(self._refs[item], self._keys)
        if len(array.shape) != 1 or array.dtype not in _TYPES or array.dtype != self._type:
            raise TokensRefused(
                f"An array of {self._refs[item].name} is {array.dtype} of {len(array.shape)} dimensions.",
                remedy="Seal sequences of tokens as uint16 or uint32, all of a split alike.",
            )
        with self._lock:
            self._open[item] = array
            while len(self._open) > _KEPT_OPEN:
                self._open.popitem(last=False)
        return array


class WindowBatches:
    """The endless order of windows, and `ahead` batches ahead of it, each in a thread."""

    def __init__(self, windows: Windows, *, seed: int, batch: int, share: Share, ahead: int = 1) -> None:
        self._windows, self._seed, self._share = windows, seed, share
        self._part = batch // share.world
        self._ahead = Ahead(self._load, stride=batch, threads=ahead)

    def take(self, cursor: int) -> Sequences:
        """This rank's part of the global batch that begins at the cursor; begins to read the next ones."""
        return self._ahead.take(cursor)

    def _load(self, cursor: int) -> Sequences:
        first = cursor + self._share.rank * self._part
        found = [self._windows.window(self._seed, count) for count in range(first, first + self._part)]
        tokens, items = zip(*found, strict=True)
        return Sequences(np.stack(tokens), np.array(items, np.int64))
