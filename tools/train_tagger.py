"""Train the tagger of notes on generated text and write it as ONNX, with a card that says how and how well.

    PYTHONPATH=src:tools python tools/train_tagger.py src/residency/deid/notes/tagger.onnx --tokens 3000000

Reads nothing but the word lists of the package and the code meanings of PS3.16 in pydicom; every note is written by
`note_writer` from a seed. One thread, one seed: the same torch on the same kind of machine writes the same file. The
lists have grown since the file in the package was written (commit e571e0f holds those it was trained with). The
figures on the card are of notes by the same writer with another seed, and say so: they bound nothing on real notes.
"""

import argparse
import hashlib
import json
import random
import time
from pathlib import Path

import numpy as np
import onnx_writer as onnx
import torch
from note_writer.documents import NoteWriter
from torch import nn

from residency.deid.notes.features import NO_LIST, NO_WORD, ROWS, SLOTS, Rows, tokens_of

LABELS = ("", "name", "place", "institution", "date", "id")
WIDE, HIDDEN, DILATIONS, WINDOW = 40, 96, (1, 2, 4, 8, 1), 192
DROPPED_WORD, DROPPED_FLAGS = 0.08, 0.25


class Net(nn.Module):
    """A sum of embeddings for each token, then convolutions over the tokens, each added to what it read."""

    def __init__(self) -> None:
        super().__init__()
        self.table = nn.Embedding(ROWS, WIDE, padding_idx=0)
        nn.init.normal_(self.table.weight, 0, 0.08)
        self.first = nn.Linear(WIDE, HIDDEN)
        self.steps = nn.ModuleList(nn.Conv1d(HIDDEN, HIDDEN, 3, padding=d, dilation=d) for d in DILATIONS)
        self.last = nn.Linear(HIDDEN, len(LABELS))

    def forward(self, rows: torch.Tensor) -> torch.Tensor:
        """Rows [batch, tokens, SLOTS] -> logits [batch, tokens, labels]."""
        held = torch.relu(self.first(self.table(rows).sum(2))).transpose(1, 2)
        for step in self.steps:
            held = held + torch.relu(step(nn.functional.dropout(held, 0.1, self.training)))
        return self.last(held.transpose(1, 2))


def codes() -> tuple[str, ...]:
    """Code meanings of PS3.16, as pydicom lists them."""
    from pydicom.sr._concepts_dict import concepts

    found = {
        meaning
        for scheme in ("SCT", "DCM", "RADLEX")
        for codes in concepts[scheme].values()
        for meaning, *_ in codes.values()
    }
    return tuple(sorted(text for text in found if text.isascii() and len(text) < 45))


class Windows:
    """Windows of tokens with their labels, from a writer that never ends."""

    def __init__(self, seed: int) -> None:
        self.writer, self.rows = NoteWriter(seed, codes()), Rows()

    def batch(self, size: int) -> tuple[np.ndarray, np.ndarray]:
        """[size, WINDOW, SLOTS] rows and [size, WINDOW] labels; -1 where there is no token."""
        rows = np.zeros((size, WINDOW, SLOTS), np.int64)
        labels = np.full((size, WINDOW), -1, np.int64)
        for at in range(size):
            made, said = self._filled()
            count = min(len(made), WINDOW)
            rows[at, :count], labels[at, :count] = made[:count], said[:count]
        return rows, labels

    def _filled(self) -> tuple[np.ndarray, list[int]]:
        text, owner = "", []
        while len(owner) < WINDOW * 4:
            for piece, label in self.writer.note():
                text += piece
                owner += [LABELS.index(label or "")] * len(piece)
            text += "\n"
            owner.append(0)
            if self.writer.rng.random() < 0.5:
                break
        tokens = tokens_of(text)
        skip = self.writer.rng.randint(0, max(0, len(tokens) - WINDOW))
        tokens = tokens[skip : skip + WINDOW]
        return self.rows.of(text, tokens), [owner[start] for start, _ in tokens]


def spoiled(rows: np.ndarray, labels: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Some words forget that they are listed, so that the model learns from the place and the pieces."""
    rows = rows.copy()
    names = np.isin(labels, (1, 2, 3))
    words = rows[..., 4] > 0
    rows[..., 0][words & (rng.random(labels.shape) < DROPPED_WORD)] = NO_WORD
    rows[..., 2][words & (rng.random(labels.shape) < np.where(names, DROPPED_FLAGS, 0.03))] = NO_LIST
    rows[words & (rng.random(labels.shape) < 0.05), 4:] = 0
    return rows


def train(tokens: int, seed: int) -> Net:
    """A net that has seen so many tokens."""
    torch.manual_seed(seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    rng, source, net = np.random.default_rng(seed), Windows(seed), Net()
    size = 24
    total = max(1, tokens // (size * WINDOW))
    sparse = torch.optim.Adam(net.parameters(), lr=3e-3)
    schedule = torch.optim.lr_scheduler.OneCycleLR(sparse, 4e-3, total_steps=total, pct_start=0.1)
    weights = torch.tensor([1.0, 1.6, 1.3, 1.3, 1.0, 1.0])
    begun, mean = time.time(), 0.0
    for step in range(total):
        rows, labels = source.batch(size)
        logits = net(torch.from_numpy(spoiled(rows, labels, rng)))
        loss = nn.functional.cross_entropy(
            logits.flatten(0, 1), torch.from_numpy(labels).flatten(), weights, ignore_index=-1
        )
        sparse.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        sparse.step()
        schedule.step()
        mean = 0.98 * mean + 0.02 * loss.item()
        if step % 50 == 0:
            print(f"{step}/{total} loss {mean / (1 - 0.98 ** (step + 1)):.4f} {time.time() - begun:.0f} s", flush=True)
    return net.eval()


def written(net: Net) -> tuple[bytes, Net]:
    """The net as ONNX, its table in bytes with a scale for each row; and the net as it then is."""
    table = net.table.weight.detach().numpy()
    scale = np.maximum(np.abs(table).max(1, keepdims=True), 1e-6).astype(np.float32) / 127
    small = np.clip(np.round(table / scale), -127, 127).astype(np.int8)
    with torch.no_grad():
        net.table.weight.copy_(torch.from_numpy(small.astype(np.float32) * scale))
    constants = [
        onnx.constant("table", small),
        onnx.constant("scale", scale),
        onnx.constant("axis", np.array([2], np.int64)),
    ]
    nodes = [
        onnx.node("Gather", ["table", "rows"], "bytes", axis=0),
        onnx.node("Cast", ["bytes"], "parts", to=1),
        onnx.node("Gather", ["scale", "rows"], "scales", axis=0),
        onnx.node("Mul", ["parts", "scales"], "scaled"),
        onnx.node("ReduceSum", ["scaled", "axis"], "shown", keepdims=0),
    ]
    constants += [_weights("w.first", net.first.weight.T), _weights("b.first", net.first.bias)]
    nodes += [
        onnx.node("MatMul", ["shown", "w.first"], "m"),
        onnx.node("Add", ["m", "b.first"], "a"),
        onnx.node("Relu", ["a"], "r"),
        onnx.node("Transpose", ["r"], "held0", perm=[0, 2, 1]),
    ]
    for at, (step, far) in enumerate(zip(net.steps, DILATIONS, strict=True)):
        constants += [_weights(f"w{at}", step.weight), _weights(f"b{at}", step.bias)]
        nodes += [
            onnx.node(
                "Conv", [f"held{at}", f"w{at}", f"b{at}"], f"c{at}", dilations=[far], pads=[far, far], kernel_shape=[3]
            ),
            onnx.node("Relu", [f"c{at}"], f"r{at}"),
            onnx.node("Add", [f"held{at}", f"r{at}"], f"held{at + 1}"),
        ]
    constants += [_weights("w.last", net.last.weight.T), _weights("b.last", net.last.bias)]
    nodes += [
        onnx.node("Transpose", [f"held{len(DILATIONS)}"], "back", perm=[0, 2, 1]),
        onnx.node("MatMul", ["back", "w.last"], "l"),
        onnx.node("Add", ["l", "b.last"], "logits"),
        onnx.node("Softmax", ["logits"], "chances", axis=2),
    ]
    shape = ["batch", "tokens"]
    made = onnx.model(
        nodes,
        [onnx.value("rows", np.dtype(np.int32), [*shape, SLOTS])],
        [onnx.value("chances", np.dtype(np.float32), [*shape, len(LABELS)])],
        constants,
    )
    return made, net


def _weights(name: str, values: torch.Tensor) -> bytes:
    return onnx.constant(name, values.detach().numpy().astype(np.float32))


def checked(made: bytes, net: Net, source: Windows) -> float:
    """The largest difference between the file in onnxruntime and the net in torch."""
    import onnxruntime

    rows, _ = source.batch(8)
    session = onnxruntime.InferenceSession(made, providers=["CPUExecutionProvider"])
    got = session.run(None, {"rows": rows.astype(np.int32)})[0]
    with torch.no_grad():
        return float(np.abs(got - torch.softmax(net(torch.from_numpy(rows)), 2).numpy()).max())


def measured(net: Net, source: Windows, batches: int = 40) -> dict[str, dict[str, float]]:
    """Recall and precision of tokens by label, on notes of another seed."""
    pairs = np.zeros((len(LABELS), len(LABELS)), int)
    for _ in range(batches):
        rows, labels = source.batch(16)
        with torch.no_grad():
            best = net(torch.from_numpy(rows)).argmax(2).numpy()
        np.add.at(pairs, (labels[labels >= 0], best[labels >= 0]), 1)
    return {
        label: {
            "tokens": int(pairs[at].sum()),
            "recall": round(1 - pairs[at, 0] / max(1, pairs[at].sum()), 4),
            "precision": round(pairs[at, at] / max(1, pairs[:, at].sum()), 4),
        }
        for at, label in enumerate(LABELS)
        if label
    }


def main() -> None:
    """Train, write, check, measure, and write the card."""
    ask = argparse.ArgumentParser(description=__doc__)
    ask.add_argument("target", type=Path)
    ask.add_argument("--tokens", type=int, default=3_000_000)
    ask.add_argument("--seed", type=int, default=20261)
    said = ask.parse_args()
    random.seed(said.seed)
    net = train(said.tokens, said.seed)
    print("before rounding:", json.dumps(measured(net, Windows(said.seed + 1), 12)))
    made, net = written(net)
    apart = Windows(said.seed + 1)
    difference = checked(made, net, apart)
    if difference > 1e-3:
        raise SystemExit(f"onnxruntime and torch differ by {difference}")
    said.target.write_bytes(made)
    card = {
        "what": "tagger of identifiers in English clinical notes",
        "labels": list(LABELS),
        "window": WINDOW,
        "data": "generated by tools/note_writer from the word lists of residency.deid.notes and the code "
        "meanings of DICOM PS3.16 (as listed by pydicom, MIT); no real or licensed note",
        "seed": said.seed,
        "tokens_seen": said.tokens,
        "parameters": sum(p.numel() for p in net.parameters()),
        "bytes": len(made),
        "sha256": hashlib.sha256(made).hexdigest(),
        "torch": torch.__version__,
        "measured": {
            "on": f"notes by the same writer, seed {said.seed + 1}; tokens; recall counts any label",
            "by_label": measured(net, apart),
        },
    }
    said.target.with_suffix(".json").write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    print(json.dumps(card["measured"], indent=1))


if __name__ == "__main__":
    main()
