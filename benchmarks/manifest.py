"""A manifest of a million items beside hashing alone, and versions of many small files beside DVC.

    python -m benchmarks.manifest [items] [files]        prints JSON: seconds, peak memory, ratios

Every step has a process of its own, whose peak memory is told; making the items to write is not counted. The peer is
the least that a root costs: the canonical JSON and the SHA-256 of every item, by the same code, with nothing written.
A thousand items are changed or added all over the names, so that nearly every page is touched, and for comparison in
one place. DVC (of DVC below, in an environment of its own beside the temporary files) adds the same files that we read,
hash, seal in packs and list; adding again with 1,000 more, DVC trusts times of files while we read and hash every one.
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
BLOCK, CHANGES, PLAIN, PACK = 4096, 1000, 20_000, 1000


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
    peer = steps["hashing alone"]["seconds"]
    return {
        "items": count,
        "steps": steps,
        "times_hashing_alone": {name: round(step["seconds"] / peer, 3) for name, step in steps.items()},
        "microseconds_per_item_by_the_plain_definition": alone(plain)["seconds"],
    }


def alone(step: Callable[..., dict], *how: object) -> dict:
    """A step in a process of its own, and its peak memory."""
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        return pool.submit(measured, step, *how).result()


def measured(step: Callable[..., dict], *how: object) -> dict:
    """What a step says, with the peak memory of this process."""
    return step(*how) | {"peak_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024}


class Making:
    """Items in order; `seconds` is what making them took."""

    def __init__(self, count: int, kind: str = "first") -> None:
        self.count, self.kind, self.seconds = count, kind, 0.0

    def __iter__(self) -> Iterator[Item]:
        for start in range(0, self.count, BLOCK):
            began = time.perf_counter()
            block = list(self._block(start, min(start + BLOCK, self.count)))
            self.seconds += time.perf_counter() - began
            yield from block

    def _block(self, start: int, end: int) -> Iterator[Item]:
        step = max(self.count // CHANGES, 1)
        for number in range(start, end):
            spread = number % step == 0 and number < step * CHANGES
            yield made(number, split="test" if spread and self.kind == "changed" else "train")
            if (spread and self.kind == "added") or (self.kind == "newest" and number >= self.count - CHANGES):
                yield made(number, more="-1")


def made(number: int, *, more: str = "", split: str = "train") -> Item:
    """An item with one part in a shard."""
    name, digest = f"ser-{number:012d}{more}", hashlib.sha256(f"{number}{more}".encode()).hexdigest()
    ref = SealedRef(
        name=f"sealed/ab/{number // 50_000:032x}",
        group=KEY.id,
        size=24_000 + number % 999,
        stored=25_000,
        seal=f"sha256:{number // 50_000:064x}",
        digest=f"hmac-sha256:{digest}",
        context=f"dataset-version-01kawn5m7rq0c4w2v8x3t9e6hd/{name}/image",
    )
    subject = f"sub-{number // 4:010d}"
    return Item(
        item=name, subject=subject, anatomy=subject, data_type="imaging", split=split, files=1, parts={"image": ref}
    )


def hash_alone(count: int) -> dict:
    """Canonical JSON and SHA-256 of every item."""
    making, rows, began = Making(count), Rows(), time.perf_counter()
    for item in making:
        rows.add(item)
        if len(rows) == BLOCK:
            rows.leaves()
            rows = Rows()
    rows.leaves()
    return {"seconds": round(time.perf_counter() - began - making.seconds, 3)}


def plain() -> dict:
    """The same by the definition: microseconds for one item."""
    items, began = list(Making(PLAIN)), time.perf_counter()
    for item in items:
        leaf_hash(canonical(item.facts()))
    return {"seconds": round((time.perf_counter() - began) / PLAIN * 1e6, 2)}


def write(folder: Path, kind: str, count: int, parent: str = "") -> dict:
    """Write a manifest, perhaps as the child of another."""
    before = opened(folder, parent) if parent else None
    making, began = Making(count, kind), time.perf_counter()
    ref, root = write_manifest(place(folder), KEY, iter(making), context=kind, parent=before)
    seconds = time.perf_counter() - began - making.seconds
    (folder / f"{kind}.json").write_text(json.dumps({"ref": ref.model_dump(), "root": root}))
    pages = opened(folder, kind).pages
    kept = {page.ref.name for page in before.pages} if before else set()
    new = sum(page.ref.name not in kept for page in pages)
    stored = sum(page.ref.stored for page in pages) + ref.stored
    about = {"pages": len(pages), "pages_written": new, "bytes_per_item": round(stored / count, 1)}
    return {"seconds": round(seconds, 3)} | about


def check(folder: Path, kind: str) -> dict:
    """Every page opened and checked against the root."""
    began, found = time.perf_counter(), opened(folder, kind)
    for number in range(len(found.pages)):
        found.page(number)
    return {"seconds": round(time.perf_counter() - began, 3)}


def read(folder: Path, kind: str) -> dict:
    """Every item as an object."""
    began = time.perf_counter()
    count = sum(1 for _ in opened(folder, kind).items())
    return {"seconds": round(time.perf_counter() - began, 3), "items": count}


def compare(folder: Path, before: str, after: str) -> dict:
    """All changes between two manifests; there must be a thousand."""
    began = time.perf_counter()
    count = sum(1 for _ in diff(opened(folder, before), opened(folder, after)))
    assert count == CHANGES, count
    return {"seconds": round(time.perf_counter() - began, 3), "changes": count}


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
