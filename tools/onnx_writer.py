"""Just enough of the ONNX file format to write the tagger down: a graph of a dozen operators, in protocol buffers.

    model(nodes, inputs, outputs, constants)  ->  bytes

Field numbers are those of onnx.proto3 (ONNX 1.x, IR version 8, operator set 17). Written by hand so that training needs
torch alone; `train_tagger.py` checks the file against torch by running it in onnxruntime.
"""

from typing import Any

import numpy as np

_TYPES = {np.dtype(np.float32): 1, np.dtype(np.int8): 3, np.dtype(np.int32): 6, np.dtype(np.int64): 7}
_IR, _OPSET = 8, 17


def model(nodes: list[bytes], inputs: list[bytes], outputs: list[bytes], constants: list[bytes]) -> bytes:
    """A ModelProto with one graph."""
    graph = b"".join(_bytes(1, node) for node in nodes) + _text(2, "tagger")
    graph += b"".join(_bytes(5, constant) for constant in constants)
    graph += b"".join(_bytes(11, value) for value in inputs) + b"".join(_bytes(12, value) for value in outputs)
    opset = _text(1, "") + _number(2, _OPSET)
    return _number(1, _IR) + _text(2, "residency") + _bytes(7, graph) + _bytes(8, opset)


def node(operator: str, inputs: list[str], output: str, **attributes: Any) -> bytes:
    """A NodeProto; attributes are whole numbers or lists of them."""
    said = b"".join(_text(1, name) for name in inputs) + _text(2, output) + _text(3, output) + _text(4, operator)
    for name, value in attributes.items():
        if isinstance(value, list):
            said += _bytes(5, _text(1, name) + b"".join(_number(8, item) for item in value) + _number(20, 7))
        else:
            said += _bytes(5, _text(1, name) + _number(3, value) + _number(20, 2))
    return said


def constant(name: str, values: np.ndarray) -> bytes:
    """A TensorProto with its values."""
    said = b"".join(_number(1, size) for size in values.shape) + _number(2, _TYPES[values.dtype])
    return (
        said + _text(8, name) + _bytes(9, np.ascontiguousarray(values).astype(values.dtype.newbyteorder("<")).tobytes())
    )


def value(name: str, kind: np.dtype, shape: list[str | int]) -> bytes:
    """A ValueInfoProto: the name, type and shape of an input or output."""
    sizes = b"".join(_bytes(1, _text(2, size) if isinstance(size, str) else _number(1, size)) for size in shape)
    tensor = _number(1, _TYPES[np.dtype(kind)]) + _bytes(2, sizes)
    return _text(1, name) + _bytes(2, _bytes(1, tensor))


def _varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3) + _varint(number)


def _bytes(field: int, said: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(said)) + said


def _text(field: int, said: str) -> bytes:
    return _bytes(field, said.encode())
