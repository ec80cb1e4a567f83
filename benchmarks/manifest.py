"""A manifest of a million items beside hashing alone, and versions of many small files beside DVC.

    python -m benchmarks.manifest [items] [files]        prints JSON: seconds, peak memory, ratios

Every step has a process of its own, whose peak memory is told; making the items to write is not counted, and ratios are
of processor seconds. The peer is the least that a root costs: the canonical JSON and the SHA-256 of every item, by the
same code, with nothing written. A thousand items are changed or added all over the names, so that nearly every page is
touched, and for comparison in one place. DVC (in an environment of its own beside the temporary files, made if it is
not there) adds the same files that we read, hash, seal in packs and list; adding again with 1,000 more, DVC trusts the
times of files while we read and hash every one.
"""

import hashlib
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from pydantic import TypeAdapter

from residency.kernel.digest import canonical
from residency.kernel.merkle import leaf_hash
from residency.store.directory import DirectoryStore
from residency.store.frames import content_digest
from residency.store.items import Rows
from residency.store.manifest import Item, Manifest, diff, open_manifest, write_manifest
from residency.store.packs import write_pack
from residency.store.sealed import GroupKey, Sealed, SealedRef

DVC = "dvc==3.67.1"
KEY = GroupKey("key-group-01kawn5m7rq0c4w2v8x3t9e6hd", bytes(range(32)))
ITEMS = TypeAdapter(list[Item])
BLOCK, PAGE, CHANGES, PLAIN, PACK = 512, 4096, 1000, 20_000, 1000


def main() -> None:
    """Measure and print."""
    items, files = (int(word) for word in [*sys.argv[1:], *["1000000", "50000"][len(sys.argv) - 1 :]])
    folder = Path(tempfile.mkdtemp(prefix="residency-bench-"))
    try:
        result = {"manifest": manifest(folder, items), "files": small_files(folder, files)}
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    print(json.dumps(result, indent=1))


def manifest(folder: Path, count: int) -> dict:
    """A manifest written, checked, read, changed and compared."""
    steps = {
        "hashing alone": alone(hash_alone, count),
        "write": alone(write, folder, "first", count),
        "check every page": alone(check, folder, "first"),
        "read every item": alone(read, folder, "first"),
        "write with 1,000 changed": alone(write, folder, "changed", count, "first"),
        "write with 1,000 added": alone(write, folder, "added", count, "first"),
        "difference, 1,000 changed": alone(compare, folder, "first", "changed"),
        "difference, 1,000 added": alone(compare, folder, "first", "added"),
        "write with 1,000 added in one place": alone(write, folder, "newest", count, "first"),
        "difference, 1,000 added in one place": alone(compare, folder, "first", "newest"),
    }
    peer, few = steps["hashing alone"]["cpu_seconds"], alone(plain, PLAIN)["cpu_seconds"]
    return {
        "items": count,
        "steps": steps,
        "times_hashing_alone": {name: round(step["cpu_seconds"] / peer, 2) for name, step in steps.items()},
        "plain_definition_times_hashing_alone": round(few / PLAIN * count / peer, 1),
    }


def alone(step: Callable[..., dict], *how: object) -> dict:
    """A step in a process of its own, and its peak memory."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(measured, step, *how).result()


def measured(step: Callable[..., dict], *how: object) -> dict:
    """What a step says, with the peak memory of this process."""
    return step(*how) | {"peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


class Clock:
    """Seconds of the processor and of the wall since it was made, without those that `paused` took."""

    def __init__(self) -> None:
        self._began, self._paused = self._now(), (0.0, 0.0)

    def paused(self, program: Callable[[], list[Item]]) -> list[Item]:
        """What a program returns, off the clock."""
        began = self._now()
        result = program()
        spent = zip(self._paused, began, self._now(), strict=True)
        self._paused = tuple(before + end - start for before, start, end in spent)
        return result

    def says(self) -> dict:
        """Both, as every step reports them."""
        spent = [n - b - p for n, b, p in zip(self._now(), self._began, self._paused, strict=True)]
        return {"cpu_seconds": round(spent[0], 3), "seconds": round(spent[1], 3)}

    @staticmethod
    def _now() -> tuple[float, ...]:
        return time.process_time(), time.perf_counter()


def making(clock: Clock, count: int, kind: str = "first") -> Iterator[Item]:
    """Items in order, made off the clock."""
    for start in range(0, count, BLOCK):
        yield from clock.paused(lambda start=start: block(start, min(start + BLOCK, count), count, kind))


def block(start: int, end: int, count: int, kind: str) -> list[Item]:
    """Some of the items, with a thousand changed or added."""
    step, lines = max(count // CHANGES, 1), []
    for number in range(start, end):
        spread = number % step == 0 and number < step * CHANGES
        lines.append(line(number, split="test" if spread and kind == "changed" else "train"))
        if (spread and kind == "added") or (kind == "newest" and number >= count - CHANGES):
            lines.append(line(number, more="-1"))
    return ITEMS.validate_json(f"[{','.join(lines)}]")


def line(number: int, *, more: str = "", split: str = "train") -> str:
    """An item with one part in a shard, as JSON."""
    name, shard, subject = f"ser-{number:012d}{more}", number // 50_000, f"sub-{number // 4:010d}"
    digest, size = hashlib.sha256(f"{number}{more}".encode()).hexdigest(), 24_000 + number % 999
    return (
        f'{{"item":"{name}","subject":"{subject}","anatomy":"{subject}","data_type":"imaging","split":"{split}",'
        f'"files":1,"parts":{{"image":{{"name":"sealed/ab/{shard:032x}","group":"{KEY.id}","size":{size},'
        f'"stored":25000,"seal":"sha256:{shard:064x}","digest":"hmac-sha256:{digest}",'
        f'"context":"dataset-version-01kawn5m7rq0c4w2v8x3t9e6hd/{name}/image"}}}}}}'
    )


def hash_alone(count: int) -> dict:
    """Canonical JSON and SHA-256 of every item."""
    clock, rows = Clock(), Rows()
    for item in making(clock, count):
        rows.add(item)
        if len(rows) == PAGE:
            rows.leaves()
            rows = Rows()
    rows.leaves()
    return clock.says()


def plain(count: int) -> dict:
    """The same by the definition, of fewer items."""
    clock = Clock()
    for item in making(clock, count):
        leaf_hash(canonical(item.facts()))
    return clock.says()


def write(folder: Path, kind: str, count: int, parent: str = "") -> dict:
    """Write a manifest, perhaps as the child of another."""
    before, clock = opened(folder, parent) if parent else None, Clock()
    ref, root = write_manifest(place(folder), KEY, making(clock, count, kind), context=kind, parent=before)
    says = clock.says()
    (folder / f"{kind}.json").write_text(json.dumps({"ref": ref.model_dump(), "root": root}))
    pages = opened(folder, kind).pages
    kept = {page.ref.name for page in before.pages} if before else set()
    new = sum(page.ref.name not in kept for page in pages)
    stored = sum(page.ref.stored for page in pages) + ref.stored
    return says | {"pages": len(pages), "pages_written": new, "bytes_per_item": round(stored / count, 1)}


def check(folder: Path, kind: str) -> dict:
    """Every page opened and checked against the root."""
    clock, found = Clock(), opened(folder, kind)
    for number in range(len(found.pages)):
        found.page(number)
    return clock.says()


def read(folder: Path, kind: str) -> dict:
    """Every item as an object, none of them kept."""
    clock = Clock()
    count = sum(1 for _ in opened(folder, kind).items())
    return clock.says() | {"items": count}


def compare(folder: Path, before: str, after: str) -> dict:
    """All changes between two manifests; there must be a thousand."""
    clock = Clock()
    count = sum(1 for _ in diff(opened(folder, before), opened(folder, after)))
    assert count == CHANGES, count
    return clock.says() | {"changes": count}


def opened(folder: Path, kind: str) -> Manifest:
    """A manifest that was written."""
    kept = json.loads((folder / f"{kind}.json").read_text())
    return open_manifest(place(folder), SealedRef(**kept["ref"]), {KEY.id: KEY.key}, root=kept["root"])


def place(folder: Path) -> Sealed:
    """The store of the benchmark."""
    return Sealed(DirectoryStore(folder / "objects"))


def small_files(folder: Path, count: int) -> dict:
    """The same files made a version of, and again with 1,000 more, by DVC and by us."""
    dvc, data = environment(), folder / "repository/data"
    fill(data, range(count))

    def run(*words: str) -> None:
        subprocess.run([dvc, *words, "--quiet"], cwd=data.parent, check=True, stdout=sys.stderr, env=quiet(folder))

    run("init", "--no-scm")
    paths = sorted(data.rglob("*.txt"))
    peer = [seconds(lambda: run("add", "data"))]
    mine = [seconds(lambda: freeze(folder, paths))]
    fill(data, range(count, count + CHANGES))
    more = sorted(data.rglob("*.txt"))
    peer.append(seconds(lambda: run("add", "data")))
    mine.append(seconds(lambda: freeze(folder, more)))
    names = ("version", "again with 1,000 more")
    return {
        "files": count,
        "dvc": DVC,
        "seconds": {"residency": dict(zip(names, mine, strict=True)), "dvc": dict(zip(names, peer, strict=True))},
        "times_faster_than_dvc": {n: round(p / m, 1) for n, p, m in zip(names, peer, mine, strict=True)},
    }


def freeze(folder: Path, paths: Iterable[Path]) -> None:
    """Read and hash every file, seal those that are new in packs, and write the manifest."""
    store, kept = place(folder), folder / "files.json"
    before = opened(folder, "files") if kept.exists() else None
    known = {item.item: item for item in before.items()} if before else {}
    items, new = [], []
    for path in paths:
        name, data = path.stem, path.read_bytes()
        digest = content_digest(KEY.key, data)
        if name in known and known[name].parts["file"].digest == digest:
            items.append(known[name])
        else:
            new.append((name, data, digest))
    for start in range(0, len(new), PACK):
        pack = new[start : start + PACK]
        ref = write_pack(store, KEY, [(name, data) for name, data, _ in pack], context="files")
        for name, data, digest in pack:
            part = ref.model_copy(update={"size": len(data), "digest": digest})
            items.append(Item(item=name, subject=name, data_type="notes", files=1, parts={"file": part}))
    made_ref, root = write_manifest(store, KEY, items, context="files", parent=before)
    assert len(opened_as(store, made_ref, root)) == len(items)
    kept.write_text(json.dumps({"ref": made_ref.model_dump(), "root": root}))


def opened_as(store: Sealed, ref: SealedRef, root: str) -> Manifest:
    """The manifest just written."""
    return open_manifest(store, ref, {KEY.id: KEY.key}, root=root)


def fill(data: Path, numbers: Iterable[int]) -> None:
    """Files of about one kilobyte, a thousand to a folder."""
    for number in numbers:
        path = data / f"{number // 1000:03d}" / f"note-{number:06d}.txt"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(hashlib.shake_128(str(number).encode()).digest(512).hex().encode())


def environment() -> Path:
    """The program of DVC, installed beside the temporary files if it is not there yet."""
    folder = Path(tempfile.gettempdir()) / f"residency-bench-{DVC}"
    program = folder / "bin/dvc"
    if not program.exists():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([folder / "bin/pip", "install", "-qq", DVC], check=True, stdout=sys.stderr)
    return program


def quiet(folder: Path) -> dict[str, str]:
    """DVC without analytics, and without any place outside of this folder."""
    places = {f"DVC_{name}_DIR": str(folder / name) for name in ("GLOBAL_CONFIG", "SYSTEM_CONFIG", "SITE_CACHE")}
    return dict(os.environ) | places | {"DVC_NO_ANALYTICS": "1", "HOME": str(folder), "CI": "1"}


def seconds(program: Callable[[], object]) -> float:
    """Seconds of one call."""
    began = time.perf_counter()
    program()
    return round(time.perf_counter() - began, 2)


if __name__ == "__main__":
    main()
