"""Owns the bytes of a GGUF header: reads them front to back, and believes none of them.

The format, versions 2 and 3: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Counts and lengths are capped,
so that no file costs more than seconds or some dozen MiB; no tensor is read.
"""

import os
import stat
import struct
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tui.models.gguf.strings import read_strings, skip_strings
from tui.models.gguf.types import TENSOR_TYPES, TensorType

Value = int | float | bool | str | tuple[int, ...]

ARCHITECTURE, NAME, TEMPLATE = "general.architecture", "general.name", "tokenizer.chat_template"
_VOCABULARY = "tokenizer.ggml.tokens"
_ALIGNMENT = "general.alignment"
_KEPT_STRINGS = frozenset({ARCHITECTURE, NAME, TEMPLATE})
_KEPT_ARRAYS = (".attention.head_count", ".attention.head_count_kv")

_CODES = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_SCALARS = {number: struct.Struct(f"={code}") for number, code in _CODES.items()}
_WHOLE = frozenset({0, 1, 2, 3, 4, 5, 10, 11})
_STRING, _ARRAY = 8, 9
_U32, _U64 = struct.Struct("=I"), struct.Struct("=Q")
_SWAPPED_U32 = struct.Struct(">I" if sys.byteorder == "little" else "<I")

_MAX_PAIRS = 4096
_MAX_KEY = 1024
_MAX_STRING = 4 * 2**20
_MAX_STRINGS = 4 * 2**20
_MAX_VOCABULARY = 2**20
_MAX_VOCABULARY_BYTES = 64 * 2**20
_MAX_TENSORS = 2**16
_MAX_TENSOR_NAME = 64
MAX_LAYERS = 512
"""llama.cpp's own limit (LLAMA_MAX_LAYERS), beyond which it aborts."""


class GgufError(Exception):
    """The file cannot be used as weights; the message is one sentence with the next step, foreign parts raw."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a file holds: metadata that duochat has a use for, the size of the vocabulary, bytes by tensor type."""

    size: int
    values: Mapping[str, Value]
    vocabulary: int
    weights: Mapping[TensorType, int]


def read_contents(path: Path) -> Contents:
    """Reads the header of the file at `path` and checks that its tensors lie inside it; raises GgufError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise GgufError(f"{path} is not a file; name a .gguf file.")
        with path.open("rb", buffering=2**20) as file:
            return _Reader(file, path.name).contents()
    except FileNotFoundError:
        raise GgufError(f"There is no file {path}; check the path.") from None
    except OSError as error:
        raise GgufError(f"{path.name} cannot be read ({error.strerror}); check its path and permissions.") from error
    except ValueError as error:
        raise GgufError(f"{str(path)!r} is no path; name a .gguf file.") from error


def damaged(name: str, what: str) -> GgufError:
    """The error of a file called `name` that does or has `what`."""
    return GgufError(f"{name} {what}; fetch it again or choose another file.")


class _Reader:
    """Reads one open file once."""

    def __init__(self, file: BinaryIO, name: str) -> None:
        self._file = file
        self._name = name
        self._size = os.fstat(file.fileno()).st_size
        self._strings = 0
        self._vocabulary = 0

    def contents(self) -> Contents:
        self._magic()
        tensors, pairs = self._u64(), self._u64()
        if pairs > _MAX_PAIRS or tensors > _MAX_TENSORS:
            raise self._damaged(f"speaks of {pairs} metadata entries and {tensors} tensors")
        values = self._metadata(pairs)
        alignment = values.get(_ALIGNMENT, 32)
        if not isinstance(alignment, int) or alignment <= 0 or alignment & (alignment - 1):
            raise self._damaged(f"has an alignment of {alignment!r}")
        weights = self._tensors(tensors, alignment)
        return Contents(self._size, values, self._vocabulary, weights)

    def _magic(self) -> None:
        start = self._file.read(8)
        if start[:4] != b"GGUF":
            raise self._damaged(f"is not a GGUF file: it starts with {start!r}" if start else "is empty")
        if len(start) < 8:
            raise self._short()
        if _SWAPPED_U32.unpack(start[4:])[0] in {1, 2, 3}:
            raise self._damaged("is written for machines of the other byte order")
        (version,) = _U32.unpack(start[4:])
        if version not in {2, 3}:
            raise self._damaged(f"has version {version} of the GGUF format, and only 2 and 3 are supported")

    def _metadata(self, pairs: int) -> dict[str, Value]:
        values: dict[str, Value] = {}
        seen: set[str] = set()
        for _ in range(pairs):
            key = self._text(_MAX_KEY, "a metadata key")
            if key in seen:
                raise self._damaged(f"has the metadata entry {key!r} twice")
            seen.add(key)
            value = self._value(key, self._u32())
            if value is not None:
                values[key] = value
        return values

    def _value(self, key: str, kind: int) -> Value | None:
        """The value of `key`, or None, skipped, where duochat has no use for it."""
        if kind == _ARRAY:
            return self._array(key)
        if kind != _STRING:
            scalar = self._scalar(key, kind)
            value: Value = scalar.unpack(self._take(scalar.size))[0]
            return value
        if key in _KEPT_STRINGS:
            return self._text(_MAX_STRING, key)
        self._skip(self._u64())
        return None

    def _scalar(self, key: str, kind: int) -> struct.Struct:
        if kind not in _SCALARS:
            raise self._damaged(f"has a value of unknown type {kind} in {key!r}")
        return _SCALARS[kind]

    def _array(self, key: str) -> tuple[int, ...] | None:
        kind, count = self._u32(), self._u64()
        if key == _VOCABULARY:
            self._vocabulary = count
        if kind == _STRING:
            self._string_array(key, count)
            return None
        item = self._scalar(key, kind)
        if kind in _WHOLE and count <= MAX_LAYERS and key.endswith(_KEPT_ARRAYS):
            return tuple(number for (number,) in item.iter_unpack(self._take(count * item.size)))
        self._skip(count * item.size)
        return None

    def _string_array(self, key: str, count: int) -> None:
        self._strings += count
        if self._strings > _MAX_STRINGS:
            raise self._damaged(f"speaks of {self._strings} strings in its metadata")
        if key == _VOCABULARY:
            self._tokens(count)
            return
        try:
            skip_strings(self._file, count, self._size)
        except EOFError:
            raise self._short() from None

    def _tokens(self, count: int) -> None:
        """Checks the vocabulary: two tokens alike, unless they are empty, make llama.cpp abort."""
        if count > _MAX_VOCABULARY:
            raise self._damaged(f"has a vocabulary of {count} tokens")
        most = self._file.tell() + _MAX_VOCABULARY_BYTES
        try:
            tokens = [token for token in read_strings(self._file, count, min(self._size, most)) if token]
        except EOFError:
            if most < self._size:
                raise self._damaged(f"spends over {_MAX_VOCABULARY_BYTES} bytes on the vocabulary") from None
            raise self._short() from None
        if len(set(tokens)) < len(tokens):
            ((twice, _),) = Counter(tokens).most_common(1)
            raise self._damaged(f"has the token {twice[:40]!r} twice in its vocabulary")

    def _tensors(self, count: int, alignment: int) -> dict[TensorType, int]:
        """Checks that the tensors stand one after the other and end inside the file; their bytes by type."""
        if not count:
            raise self._damaged("holds no tensors")
        names: set[bytes] = set()
        weights: dict[TensorType, int] = {}
        end = 0
        for _ in range(count):
            name = self._tensor_name(names)
            kind, size = self._extent(name)
            start, offset = _aligned(end, alignment), self._u64()
            if offset != start:
                raise self._damaged(f"has tensor {name!r} at {offset} instead of {start}")
            weights[kind] = weights.get(kind, 0) + size
            end = offset + size
        needed = _aligned(self._file.tell(), alignment) + end
        if needed > self._size:
            raise self._damaged(f"is cut short: {self._size} of {needed} bytes are there")
        return weights

    def _tensor_name(self, names: set[bytes]) -> str:
        raw = self._string(_MAX_TENSOR_NAME, "a tensor's name")
        if raw in names:
            raise self._damaged(f"has the tensor {raw!r} twice")
        names.add(raw)
        return raw.decode("utf-8", "replace")

    def _extent(self, name: str) -> tuple[TensorType, int]:
        """The type and the size in bytes of the tensor whose name was just read."""
        dimensions = self._u32()
        if not 1 <= dimensions <= 4:
            raise self._damaged(f"gives tensor {name!r} {dimensions} dimensions")
        shape = [self._u64() for _ in range(dimensions)]
        number = self._u32()
        if number not in TENSOR_TYPES:
            raise self._damaged(f"has tensor {name!r} in type {number}, which is not known")
        kind = TENSOR_TYPES[number]
        if not all(shape) or shape[0] % kind.block:
            raise self._damaged(f"gives tensor {name!r} the shape {shape}, which {kind.name} cannot have")
        elements = 1
        for extent in shape:
            elements *= extent
        return kind, elements // kind.block * kind.size

    def _text(self, limit: int, what: str) -> str:
        try:
            return self._string(limit, what).decode()
        except UnicodeDecodeError:
            raise self._damaged(f"holds {what} in bytes that are not UTF-8") from None

    def _string(self, limit: int, what: str) -> bytes:
        length = self._u64()
        if length > self._size:
            raise self._short()
        if length > limit:
            raise self._damaged(f"spends {length} bytes on {what}")
        return self._take(length)

    def _u32(self) -> int:
        number: int = _U32.unpack(self._take(4))[0]
        return number

    def _u64(self) -> int:
        number: int = _U64.unpack(self._take(8))[0]
        return number

    def _take(self, count: int) -> bytes:
        taken = self._file.read(count) if count <= self._size else b""
        if len(taken) < count:
            raise self._short()
        return taken

    def _skip(self, count: int) -> None:
        """Moves on; beyond the end of the file, the next read or the tensors' extent tells."""
        if count > self._size:
            raise self._short()
        self._file.seek(count, os.SEEK_CUR)

    def _short(self) -> GgufError:
        return self._damaged(f"is cut short: it ends inside its header, after {self._size} bytes")

    def _damaged(self, what: str) -> GgufError:
        return damaged(self._name, what)


def _aligned(offset: int, alignment: int) -> int:
    return -(-offset // alignment) * alignment
