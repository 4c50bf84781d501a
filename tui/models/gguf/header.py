"""Parsing of a GGUF header; no value in it is trusted.

The format, versions 2 and 3: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md. Counts and lengths are capped,
so that no file costs more than seconds or some dozen MiB. No tensor is read.
"""

import stat
import struct
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tui.models.gguf.byte_reader import ByteReader, GgufError
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
_U32 = struct.Struct("=I")
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
"""llama.cpp's limit (LLAMA_MAX_LAYERS), beyond which it aborts."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a header holds: the metadata that duochat uses, the size of the vocabulary, bytes by tensor type."""

    size: int
    values: Mapping[str, Value]
    vocabulary: int
    weights: Mapping[TensorType, int]


def read_contents(path: Path) -> Contents:
    """Return the header of the file at `path`, whose tensors lie inside it; raise GgufError."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            raise GgufError(f"{path} is not a file; name a .gguf file.")
        with path.open("rb", buffering=2**20) as file:
            return _Parser(ByteReader(file, path.name)).contents()
    except FileNotFoundError:
        raise GgufError(f"There is no file {path}; check the path.") from None
    except OSError as error:
        raise GgufError(f"{path.name} cannot be read ({error.strerror}); check its path and permissions.") from error
    except ValueError as error:
        raise GgufError(f"{str(path)!r} is not a path; name a .gguf file.") from error


class _Parser:
    """Parses one open file once."""

    def __init__(self, reader: ByteReader) -> None:
        self._reader = reader
        self._strings = 0
        self._vocabulary = 0

    def contents(self) -> Contents:
        self._magic()
        tensors, pairs = self._reader.u64(), self._reader.u64()
        if pairs > _MAX_PAIRS or tensors > _MAX_TENSORS:
            raise self._reader.damaged(f"claims to hold {pairs} metadata entries and {tensors} tensors")
        values = self._metadata(pairs)
        alignment = values.get(_ALIGNMENT, 32)
        if not isinstance(alignment, int) or alignment <= 0 or alignment & (alignment - 1):
            raise self._reader.damaged(f"has an alignment of {alignment!r}")
        weights = self._tensors(tensors, alignment)
        return Contents(self._reader.size, values, self._vocabulary, weights)

    def _magic(self) -> None:
        start = self._reader.file.read(8)
        if start[:4] != b"GGUF":
            raise self._reader.damaged(f"is not a GGUF file: it starts with {start!r}" if start else "is empty")
        if len(start) < 8:
            raise self._reader.short()
        if _SWAPPED_U32.unpack(start[4:])[0] in {1, 2, 3}:
            raise self._reader.damaged("is written for machines of the other byte order")
        (version,) = _U32.unpack(start[4:])
        if version not in {2, 3}:
            raise self._reader.damaged(f"has version {version} of the GGUF format, and only 2 and 3 are supported")

    def _metadata(self, pairs: int) -> dict[str, Value]:
        values: dict[str, Value] = {}
        seen: set[str] = set()
        for _ in range(pairs):
            key = self._reader.text(_MAX_KEY, "a metadata key")
            if key in seen:
                raise self._reader.damaged(f"has the metadata entry {key!r} twice")
            seen.add(key)
            value = self._value(key, self._reader.u32())
            if value is not None:
                values[key] = value
        return values

    def _value(self, key: str, kind: int) -> Value | None:
        """Return the value of `key`, or skip it and return None if duochat does not use it."""
        if kind == _ARRAY:
            return self._array(key)
        if kind != _STRING:
            scalar = self._scalar(key, kind)
            value: Value = scalar.unpack(self._reader.take(scalar.size))[0]
            return value
        if key in _KEPT_STRINGS:
            return self._reader.text(_MAX_STRING, key)
        self._reader.skip(self._reader.u64())
        return None

    def _scalar(self, key: str, kind: int) -> struct.Struct:
        if kind not in _SCALARS:
            raise self._reader.damaged(f"has a value of unknown type {kind} in {key!r}")
        return _SCALARS[kind]

    def _array(self, key: str) -> tuple[int, ...] | None:
        kind, count = self._reader.u32(), self._reader.u64()
        if key == _VOCABULARY:
            self._vocabulary = count
        if kind == _STRING:
            self._string_array(key, count)
            return None
        item = self._scalar(key, kind)
        if kind in _WHOLE and count <= MAX_LAYERS and key.endswith(_KEPT_ARRAYS):
            return tuple(number for (number,) in item.iter_unpack(self._reader.take(count * item.size)))
        self._reader.skip(count * item.size)
        return None

    def _string_array(self, key: str, count: int) -> None:
        self._strings += count
        if self._strings > _MAX_STRINGS:
            raise self._reader.damaged(f"claims to hold {self._strings} strings in its metadata")
        if key == _VOCABULARY:
            self._tokens(count)
            return
        try:
            skip_strings(self._reader.file, count, self._reader.size)
        except EOFError:
            raise self._reader.short() from None

    def _tokens(self, count: int) -> None:
        """Check the vocabulary: two equal tokens, unless they are empty, make llama.cpp abort."""
        if count > _MAX_VOCABULARY:
            raise self._reader.damaged(f"has a vocabulary of {count} tokens")
        most = self._reader.file.tell() + _MAX_VOCABULARY_BYTES
        try:
            tokens = [token for token in read_strings(self._reader.file, count, min(self._reader.size, most)) if token]
        except EOFError:
            if most < self._reader.size:
                raise self._reader.damaged(f"spends over {_MAX_VOCABULARY_BYTES} bytes on the vocabulary") from None
            raise self._reader.short() from None
        if len(set(tokens)) < len(tokens):
            ((twice, _),) = Counter(tokens).most_common(1)
            raise self._reader.damaged(f"has the token {twice[:40]!r} twice in its vocabulary")

    def _tensors(self, count: int, alignment: int) -> dict[TensorType, int]:
        """Check that the tensors follow one another and end inside the file; return their bytes by type."""
        if not count:
            raise self._reader.damaged("holds no tensors")
        names: set[bytes] = set()
        weights: dict[TensorType, int] = {}
        end = 0
        for _ in range(count):
            name = self._tensor_name(names)
            kind, size = self._type_and_size(name)
            start, offset = _aligned(end, alignment), self._reader.u64()
            if offset != start:
                raise self._reader.damaged(f"has tensor {name!r} at {offset} instead of {start}")
            weights[kind] = weights.get(kind, 0) + size
            end = offset + size
        needed = _aligned(self._reader.file.tell(), alignment) + end
        if needed > self._reader.size:
            raise self._reader.damaged(f"is cut short: {self._reader.size} of {needed} bytes are there")
        return weights

    def _tensor_name(self, names: set[bytes]) -> str:
        raw = self._reader.string(_MAX_TENSOR_NAME, "a tensor's name")
        if raw in names:
            raise self._reader.damaged(f"has the tensor {raw!r} twice")
        names.add(raw)
        return raw.decode("utf-8", "replace")

    def _type_and_size(self, name: str) -> tuple[TensorType, int]:
        """Return the type and the size in bytes of the tensor whose name was just read."""
        dimensions = self._reader.u32()
        if not 1 <= dimensions <= 4:
            raise self._reader.damaged(f"gives tensor {name!r} {dimensions} dimensions")
        shape = [self._reader.u64() for _ in range(dimensions)]
        number = self._reader.u32()
        if number not in TENSOR_TYPES:
            raise self._reader.damaged(f"has tensor {name!r} in type {number}, which is not known")
        kind = TENSOR_TYPES[number]
        if not all(shape) or shape[0] % kind.block:
            raise self._reader.damaged(f"gives tensor {name!r} the shape {shape}, which {kind.name} cannot have")
        elements = 1
        for length in shape:
            elements *= length
        return kind, elements // kind.block * kind.size


def _aligned(offset: int, alignment: int) -> int:
    return -(-offset // alignment) * alignment
