"""GGUF files of every kind, valid and invalid, around a tensor of a few bytes."""

import struct
from collections.abc import Sequence
from pathlib import Path

import gguf
import numpy as np

U32, INT32, STRING, ARRAY, U64 = 4, 5, 8, 9, 10
TOKENS = ("a", "b", "c", "", "")


def write(path: Path, **values: object) -> Path:
    """Write a complete GGUF with the gguf package; `values` replace or add metadata ('__' stands for a dot)."""
    writer = gguf.GGUFWriter(path, "llama")
    sizes = {"llama.block_count": 2, "llama.context_length": 2048, "llama.embedding_length": 64}
    heads = {"llama.attention.head_count": 4, "llama.attention.head_count_kv": 2}
    names = {"general.name": "Tiny", "general.file_type": 15, "tokenizer.ggml.tokens": list(TOKENS)}
    for key, value in {
        **names,
        **sizes,
        **heads,
        **{name.replace("__", "."): each for name, each in values.items()},
    }.items():
        match value:
            case str():
                writer.add_string(key, value)
            case bool():
                writer.add_bool(key, value)
            case int():
                writer.add_uint32(key, value)
            case float():
                writer.add_float32(key, value)
            case list():
                writer.add_array(key, value)
            case None:
                pass
            case _:
                raise TypeError(key)
    writer.add_tensor("token_embd.weight", np.ones((5, 64), np.float16))
    writer.add_tensor("output_norm.weight", np.ones(64, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def text(value: str | bytes) -> bytes:
    """Return a string as the format stores it."""
    raw = value.encode() if isinstance(value, str) else value
    return struct.pack("<Q", len(raw)) + raw


def pair(key: str | bytes, kind: int, value: bytes) -> bytes:
    """Return an entry of the metadata of a value in bytes."""
    return text(key) + struct.pack("<I", kind) + value


def number(value: int) -> bytes:
    """Return a 32-bit value."""
    return struct.pack("<I", value)


def array(kind: int, count: int, items: bytes = b"") -> bytes:
    """Return an array's bytes; `count` may be wrong."""
    return struct.pack("<IQ", kind, count) + items


def tensor(name: str = "w", shape: Sequence[int] = (32,), kind: int = 0, offset: int = 0) -> bytes:
    """Return the description of a tensor."""
    return text(name) + struct.pack(f"<I{len(shape)}QIQ", len(shape), *shape, kind, offset)


ARCHITECTURE = pair("general.architecture", STRING, text("llama"))


def raw(
    *pairs: bytes,
    tensors: Sequence[bytes] = (tensor(),),
    version: int = 3,
    magic: bytes = b"GGUF",
    tensor_count: int | None = None,
    pair_count: int | None = None,
    data: int = 4096,
) -> bytes:
    """Return a file's bytes; counts default to the right ones, and `data` zero bytes follow."""
    counts = (len(tensors) if tensor_count is None else tensor_count, len(pairs) if pair_count is None else pair_count)
    return magic + struct.pack("<IQQ", version, *counts) + b"".join(pairs) + b"".join(tensors) + bytes(data)
