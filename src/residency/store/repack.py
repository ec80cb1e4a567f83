"""A shard moved from one place to another, packed for its tier: the archive takes fewer bytes, the hot tier less time.

    repack(hot, archive, name, keys, codec="archive")         # then: hot.delete(name)

It keeps its name, the order of its arrays and their digests, so that no manifest changes; salt, keys of the attempt and
chunks are new. An array whose key is not held any more is left out for good, and its place stays empty. Not here: which
shards are moved, and when (`upkeep.tiers`).
"""

from collections.abc import Mapping

from residency.store.arrays import Shards
from residency.store.codec import Codec
from residency.store.frames import SealBroken, intact
from residency.store.objects import ObjectStore, Stored
from residency.store.sealed import GroupKey
from residency.store.shards import ShardWriter


def repack(source: ObjectStore, target: ObjectStore, name: str, keys: Mapping[str, bytes], *, codec: Codec) -> Stored:
    """Write the shard into the target, whole and proven; one that an earlier attempt left there is kept if it is whole.

    Raises SealBroken, and what the places raise; the source is not touched.
    """
    if target.has(name):
        if intact(target, name):
            return Stored(name, target.size(name))
        target.delete(name)
    shards, writer = Shards(source), ShardWriter(target, codec=codec, name=name, target_bytes=2**62)
    try:
        for ref, (group, *_) in zip(shards.refs(name, keys), shards.shard(name).directory, strict=True):
            if ref is None:
                writer.skip(group)
                continue
            array = shards.open(ref, keys)
            about = {"context": ref.context, "spacing_mm": array.spacing, "chunk": array.chunk}
            same = writer.add(GroupKey(group, keys[group]), array.whole(), **about)
            if same.digest != ref.digest:
                raise SealBroken(f"An array of {name} is not the one that was meant.", remedy="Restore the object.")
        (stored,) = writer.commit()
    except BaseException:
        writer.discard()
        raise
    return stored
