"""What "the same weights" means: the digest of one canonical file of every tensor of a model.

    weights_digest(model.state_dict())                          ->  "sha256:…"
    write_weights(sealed, key, model.state_dict(), context=…)   ->  the sealed file that has this digest when opened

The file is a safetensors file (format: huggingface/safetensors, README): tensors by size of their type, widest first,
then by name, row-major, header in canonical JSON. Where the tensors lie (processor, GPU, a checkpoint) and how they
are laid out in memory does not change it, so that one digest names the weights in a checkpoint, a replay, a model and
a release. Not here: parts of a tensor that is spread over machines.
"""

import hashlib
from collections.abc import Iterator, Mapping

import torch
from torch import Tensor

from residency.kernel.digest import PREFIX, canonical
from residency.store.sealed import GroupKey, Sealed, SealedRef

_TYPES = {
    torch.float64: "F64",
    torch.float32: "F32",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


def weights_digest(tensors: Mapping[str, Tensor]) -> str:
    """Digest of the canonical file of named tensors."""
    total = hashlib.sha256()
    for piece in _pieces(tensors):
        total.update(piece)
    return PREFIX + total.hexdigest()


def write_weights(sealed: Sealed, key: GroupKey, tensors: Mapping[str, Tensor], *, context: str) -> SealedRef:
    """Seal the canonical file of named tensors."""
    return sealed.write(_pieces(tensors), key, context=context)


def _pieces(tensors: Mapping[str, Tensor]) -> Iterator[bytes]:
    """The header, then one tensor after the other."""
    order = sorted(tensors, key=lambda name: (-tensors[name].element_size(), name))
    header, offset = {}, 0
    for name in order:
        end = offset + tensors[name].numel() * tensors[name].element_size()
        kind, shape = _TYPES[tensors[name].dtype], list(tensors[name].shape)
        header[name] = {"dtype": kind, "shape": shape, "data_offsets": [offset, end]}
        offset = end
    packed = canonical(header)
    packed += b" " * (-len(packed) % 8)
    yield len(packed).to_bytes(8, "little") + packed
    for name in order:
        flat = tensors[name].detach().to("cpu").contiguous().reshape(-1)
        yield flat.view(torch.uint8).numpy().tobytes()
