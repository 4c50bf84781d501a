"""The facts about a model in its GGUF header: architecture, sizes, chat template, sampling."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tui.chat.sampling import out_of_range
from tui.models.gguf.byte_reader import GgufError, damaged
from tui.models.gguf.header import ARCHITECTURE, MAX_LAYERS, NAME, TEMPLATE, Contents, Value, read_contents
from tui.models.gguf.types import FILE_TYPES

__all__ = ["GgufError", "Header", "kv_bytes_per_token", "read"]

_SAMPLING = {
    "general.sampling.temp": "temperature",
    "general.sampling.top_k": "top_k",
    "general.sampling.top_p": "top_p",
    "general.sampling.min_p": "min_p",
    "general.sampling.penalty_repeat": "repeat_penalty",
}
_MAX = 2**31 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """The facts about a model that duochat needs before llama.cpp opens it; unknown ones are None, "" or empty.

    `size` is the file's, in bytes; `context_length` and `vocabulary` count tokens; `heads` and `kv_heads` hold one
    count a layer; `weights` holds bytes by tensor type ("Q4_K"); `template` is the default chat template; `sampling`
    has the names of `tui.chat.sampling`.
    """

    architecture: str
    name: str
    size: int
    quant: str
    context_length: int | None
    block_count: int | None
    embedding_length: int | None
    heads: tuple[int, ...]
    kv_heads: tuple[int, ...]
    key_length: int | None
    value_length: int | None
    vocabulary: int
    weights: Mapping[str, int]
    template: str | None
    sampling: Mapping[str, float]


def read(path: Path) -> Header:
    """Return the checked header of the file at `path`; raise GgufError if it is not usable as weights."""
    return _HeaderBuilder(path.name, read_contents(path)).header()


def kv_bytes_per_token(header: Header) -> int | None:
    """Return the bytes that one token of context takes in the KV cache (f16), or None if they are not known.

    It is an upper bound: layers with a sliding window, or with another layer's cache, are counted in full.
    """
    if header.key_length is None or header.value_length is None:
        return None
    return 2 * sum(header.kv_heads) * (header.key_length + header.value_length) or None


class _HeaderBuilder:
    """Makes a header of the metadata in the file called `name`; every method raises GgufError for a wrong value."""

    def __init__(self, name: str, contents: Contents) -> None:
        self._name = name
        self._contents = contents
        self._architecture = self._word(ARCHITECTURE)

    def header(self) -> Header:
        if not self._architecture:
            raise damaged(self._name, "names no architecture")
        blocks = self._own_count("block_count", 1, MAX_LAYERS)
        embedding = self._own_count("embedding_length")
        heads = self._layers("attention.head_count", blocks)
        most = max(heads, default=0)
        head_length = embedding // most if embedding and most else None
        key, value = self._own_count("attention.key_length"), self._own_count("attention.value_length")
        return Header(
            architecture=self._architecture,
            name=self._word(NAME),
            size=self._contents.size,
            quant=_quant(self._contents),
            context_length=self._own_count("context_length", 1),
            block_count=blocks,
            embedding_length=embedding,
            heads=heads,
            kv_heads=self._layers("attention.head_count_kv", blocks) or heads,
            key_length=head_length if key is None else key,
            value_length=head_length if value is None else value,
            vocabulary=self._contents.vocabulary or self._own_count("vocab_size") or 0,
            weights={kind.name: size for kind, size in self._contents.weights.items()},
            template=self._word(TEMPLATE) or None,
            sampling=_sampling(self._contents.values),
        )

    def _word(self, key: str) -> str:
        value = self._contents.values.get(key, "")
        if not isinstance(value, str):
            raise damaged(self._name, f"says that {key} is {value!r}, which is not text")
        return value

    def _own_count(self, key: str, low: int = 0, high: int = _MAX) -> int | None:
        """Return the architecture's own number called `key`, or None if the file has none."""
        key = f"{self._architecture}.{key}"
        value = self._contents.values.get(key)
        return None if value is None else self._count(key, value, low, high)

    def _count(self, key: str, value: Value, low: int, high: int) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise damaged(self._name, f"says that {key} is {value!r}, which is not a whole number from {low} to {high}")
        return value

    def _layers(self, key: str, blocks: int | None) -> tuple[int, ...]:
        """Return one count a layer, from a list or from one number for all; () if the file has neither."""
        key = f"{self._architecture}.{key}"
        value = self._contents.values.get(key)
        if value is None or blocks is None:
            return ()
        counts = value if isinstance(value, tuple) else (value,) * blocks
        return tuple(self._count(key, each, 0, _MAX) for each in counts[:blocks])


def _quant(contents: Contents) -> str:
    """Return the file's own name for its mix of tensor types, or else the type that takes the most bytes."""
    named = contents.values.get("general.file_type")
    if isinstance(named, int) and named in FILE_TYPES:
        return FILE_TYPES[named]
    return max(contents.weights.items(), key=lambda item: item[1])[0].name


def _sampling(values: Mapping[str, Value]) -> dict[str, float]:
    """Return the maker's sampling values, without those out of range."""
    found: dict[str, float] = {}
    for key, name in _SAMPLING.items():
        value = values.get(key)
        if isinstance(value, (int, float)) and not isinstance(value, bool) and out_of_range(name, value) is None:
            found[name] = value
    return found
