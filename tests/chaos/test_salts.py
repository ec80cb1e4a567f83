"""No key meets a nonce twice: over killed and repeated writes of many processes, no (salt, group, number) comes again.

The salts are read from the bytes on disk, also from what killed writers left half-written, and the numbers from how
many frames or chunks there are; of a half-written file its header says all that can come again.
"""

import hashlib
import json
import os
import random
import time
from collections import Counter
from contextlib import suppress
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import pytest
from cryptography.exceptions import InvalidTag

from residency.store.arrays import Shards
from residency.store.directory import DirectoryStore
from residency.store.frames import MAGIC, TAG, TRAILER, attempt_cipher
from residency.store.objects import NameTaken
from residency.store.sealed import GroupKey, Sealed
from residency.store.shards import SHARD_MAGIC, ShardWriter, shard_cipher

FORK = get_context("fork")
KEYS = {f"group-{n}": bytes([n]) * 32 for n in range(3)}
NAMES = 40
FRAME = 4096


def work(folder: Path, seed: int) -> None:
    """Write sealed files and shards for ever, under names that others use too; what is taken is tried again."""
    chance, objects = random.Random(seed), DirectoryStore(folder)
    while True:
        try:
            write = chance.choice((write_file, write_shard))
            write(objects, chance)
        except NameTaken:
            # Deleted, as far as the store knows; what was once written is still counted.
            taken = folder / chance.choice(("sealed", "shards")) / str(chance.randrange(NAMES))
            with suppress(FileNotFoundError):
                taken.rename(folder / "deleted" / os.urandom(8).hex())


def write_file(objects: DirectoryStore, chance: random.Random) -> None:
    group = chance.choice(sorted(KEYS))
    pieces = (bytes(FRAME // 2) for _ in range(chance.randrange(1, 24)))
    sealed = Sealed(objects, frame_size=FRAME)
    sealed.write(pieces, GroupKey(group, KEYS[group]), context="c", name=f"sealed/{chance.randrange(NAMES)}")


def write_shard(objects: DirectoryStore, chance: random.Random) -> None:
    writer = ShardWriter(objects, name=f"shards/{chance.randrange(NAMES)}")
    try:
        for number in range(chance.randrange(2, 6)):
            group = chance.choice(sorted(KEYS))
            noise = np.random.default_rng(chance.randrange(1000)).integers(0, 255, (2, 40, 90), np.uint8)
            noise[:, :32, :32] *= number % 2  # a chunk that takes no bytes
            writer.add(GroupKey(group, KEYS[group]), noise, context=f"array {number}")
        writer.commit()
    except BaseException:
        writer.discard()
        raise


def kill_writers(folder: Path, times: int) -> int:
    """Kill so many of three writers, each replaced by a new one; returns how many files they left half-written."""
    seed = random.randrange(2**32)
    print(f"seed {seed}")
    chance = random.Random(seed)
    (folder / "deleted").mkdir()
    start = lambda: FORK.Process(target=work, args=(folder, chance.random()))  # noqa: E731
    workers = [start() for _ in range(3)]
    for worker in workers:
        worker.start()
    try:
        for _ in range(times):
            time.sleep(chance.uniform(0, 0.04))
            victim = chance.randrange(3)
            assert all(worker.is_alive() for worker in workers), "a writer ended by itself"
            workers[victim].kill()
            workers[victim].join()
            workers[victim] = start()
            workers[victim].start()
    finally:
        for worker in workers:
            worker.kill()
            worker.join()
    return check(folder)


def check(folder: Path) -> int:
    """Every salt stands in one file, and with a group and a number but once; returns how many files were torn."""
    # A file that was linked under its name before its writer died is one file under two names.
    files = {path.stat().st_ino: path for path in sorted(folder.rglob("*")) if path.is_file()}
    salts, used, torn = Counter(), Counter(), 0
    for path in files.values():
        found = numbers_of(folder, path)
        if found is not None:
            salt, numbers = found
            salts[salt] += 1
            used.update((salt, group, number) for group, number in numbers)
        torn += path.parent.name == ".tmp"
    assert len(salts) > 20
    assert [salt for salt, times in salts.items() if times > 1] == []
    assert [one for one, times in used.items() if times > 1] == []
    return torn


def numbers_of(folder: Path, path: Path) -> tuple[str, list[tuple[str, int]]] | None:
    """The salt of a file with group and number of each frame or chunk; None where not even the header was written."""
    data = path.read_bytes()
    if data.startswith(MAGIC):
        return frames_of(data, whole=path.parent.name != ".tmp")
    if not data.startswith(SHARD_MAGIC) or b"}" not in data:
        return None
    if path.parent.name == ".tmp":
        return header_of(data, SHARD_MAGIC)[0]["salt"], []
    return chunks_of(folder, path.relative_to(folder).as_posix(), data)


def header_of(data: bytes, magic: bytes) -> tuple[dict, int, bytes]:
    start = len(magic) + 2
    end = start + int.from_bytes(data[len(magic) : start], "big")
    return json.loads(data[start:end]), end, hashlib.sha256(data[start:end]).digest()


def frames_of(data: bytes, *, whole: bool) -> tuple[str, list[tuple[str, int]]]:
    """Each frame, opened under its number; of a half-written file, those that are there whole."""
    header, at, bound = header_of(data, MAGIC)
    cipher, numbers = attempt_cipher(KEYS[header["group"]], header), []
    end = len(data) - TRAILER if whole else len(data)
    while at < end:
        frame, last = data[at : min(at + FRAME + TAG, end)], whole and at + FRAME + TAG >= end
        try:
            cipher.decrypt(len(numbers).to_bytes(12, "big"), frame, bound + bytes([last]))
        except InvalidTag:
            # The last frame of a writer that died is cut short, or was the last one of all.
            assert not whole
            assert at + FRAME + TAG + TRAILER >= end
            break
        numbers.append((header["group"], len(numbers)))
        at += len(frame)
    return header["salt"], numbers


def chunks_of(folder: Path, name: str, data: bytes) -> tuple[str, list[tuple[str, int]]]:
    """Each index and each chunk of a shard, opened under its number."""
    header, _, bound = header_of(data, SHARD_MAGIC)
    shard, numbers = Shards(DirectoryStore(folder)).shard(name), []
    for group, at, length, number in shard.directory:
        cipher, numbers = shard_cipher(KEYS[group], bytes.fromhex(header["salt"])), [*numbers, (group, number)]
        nonce = number.to_bytes(12, "big")
        index = cipher.decrypt(nonce, data[at : at + length], bound + nonce)
        size = 4 + int.from_bytes(index[:4], "big")
        about = json.loads(index[4:size])
        count = int(np.prod([-(-extent // step) for extent, step in zip(about["shape"], about["chunk"], strict=True)]))
        place = about["at"]
        for rank, stored in enumerate(np.frombuffer(index, "<u4", count, size).tolist()):
            if stored:
                nonce = (about["first"] + rank).to_bytes(12, "big")
                cipher.decrypt(nonce, data[place : place + stored], bound + nonce)
                numbers.append((group, about["first"] + rank))
            place += stored
    return header["salt"], numbers


def test_no_nonce_comes_twice_over_thirty_kills_of_writers(tmp_path):
    assert kill_writers(tmp_path, 30) > 0


@pytest.mark.long
def test_no_nonce_comes_twice_over_three_hundred_kills_of_writers(tmp_path):
    assert kill_writers(tmp_path, 300) > 20
