"""The facts of a GGUF header; no header, however wrong, does more than raise GgufError."""

import random
import struct
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.models import weights_files as w
from tests.patience import GUARD
from tui.models.gguf import metadata


def _error(tmp_path: Path, content: bytes) -> str:
    file = tmp_path / "bad.gguf"
    file.write_bytes(content)
    with pytest.raises(metadata.GgufError) as caught:
        metadata.read(file)
    return str(caught.value)


def test_header_written_by_the_gguf_package_is_read(tmp_path: Path) -> None:
    file = w.write(tmp_path / "tiny.gguf", tokenizer__chat_template="{{ messages }}", general__sampling__temp=0.5)
    header = metadata.read(file)
    assert (header.architecture, header.name, header.quant) == ("llama", "Tiny", "Q4_K_M")
    assert (header.context_length, header.block_count, header.embedding_length) == (2048, 2, 64)
    assert (header.heads, header.kv_heads, header.key_length, header.value_length) == ((4, 4), (2, 2), 16, 16)
    assert (header.vocabulary, header.template) == (5, "{{ messages }}")
    assert header.size == file.stat().st_size
    assert header.sampling == {"temperature": 0.5}


def test_sampling_values_out_of_range_are_left_out(tmp_path: Path) -> None:
    file = w.write(
        tmp_path / "s.gguf",
        general__sampling__top_k=64,
        general__sampling__top_p=0.75,
        general__sampling__min_p=float("nan"),
        general__sampling__penalty_repeat=99.0,
        general__sampling__temp="hot",
        general__sampling__mirostat=1,
    )
    assert metadata.read(file).sampling == {"top_k": 64, "top_p": 0.75}


def test_kv_bytes_count_the_heads_of_each_layer(tmp_path: Path) -> None:
    one = w.write(tmp_path / "scalar.gguf")
    assert metadata.kv_bytes_per_token(metadata.read(one)) == 2 * (2 + 2) * (16 + 16)
    mixed = w.write(tmp_path / "mixed.gguf", llama__attention__head_count_kv=[0, 2], llama__attention__key_length=24)
    assert metadata.kv_bytes_per_token(metadata.read(mixed)) == 2 * 2 * (24 + 16)


def test_kv_bytes_count_all_heads_without_a_kv_head_count(tmp_path: Path) -> None:
    file = w.write(tmp_path / "mha.gguf", llama__attention__head_count_kv=None)
    assert metadata.read(file).kv_heads == (4, 4)


@pytest.mark.parametrize(
    "values",
    [{"llama__attention__head_count": None, "llama__attention__head_count_kv": 0}, {"llama__embedding_length": None}],
)
def test_kv_bytes_of_a_model_without_attention_are_unknown(tmp_path: Path, values: dict[str, object]) -> None:
    assert metadata.kv_bytes_per_token(metadata.read(w.write(tmp_path / "r.gguf", **values))) is None


def test_quant_falls_back_on_the_type_with_the_most_bytes(tmp_path: Path) -> None:
    assert metadata.read(w.write(tmp_path / "f16.gguf", general__file_type=None)).quant == "F16"


def test_only_empty_tokens_may_repeat(tmp_path: Path) -> None:
    assert metadata.read(w.write(tmp_path / "e.gguf", tokenizer__ggml__tokens=["a", "", ""])).vocabulary == 3
    file = w.write(tmp_path / "d.gguf", tokenizer__ggml__tokens=["a", "b", "a"])
    with pytest.raises(metadata.GgufError, match="token b'a' twice"):
        metadata.read(file)


def test_long_vocabulary_is_checked_completely(tmp_path: Path) -> None:
    tokens = [f"{number}" + "." * (number % 9) for number in range(90_000)] + ["x" * 600_000, "last"]
    words = {"tokenizer__ggml__tokens": tokens, "tokenizer__ggml__merges": tokens, "zz__after": "it"}
    header = metadata.read(w.write(tmp_path / "long.gguf", **words, general__sampling__top_k=7))
    assert (header.vocabulary, header.sampling) == (len(tokens), {"top_k": 7})
    file = w.write(tmp_path / "twice.gguf", tokenizer__ggml__tokens=[*tokens, "last"])
    with pytest.raises(metadata.GgufError, match="token b'last' twice"):
        metadata.read(file)


@pytest.mark.parametrize("percent", [10, 50, 90, 99])
def test_file_cut_at_any_byte_is_refused(tmp_path: Path, percent: int) -> None:
    whole = w.write(tmp_path / "whole.gguf").read_bytes()
    assert "is cut short: " in _error(tmp_path, whole[: len(whole) * percent // 100])


def test_file_one_byte_short_names_both_sizes(tmp_path: Path) -> None:
    content = w.raw(w.ARCHITECTURE, data=0)
    whole = content + bytes(-len(content) % 32) + bytes(32 * 4)
    (tmp_path / "whole.gguf").write_bytes(whole)
    assert metadata.read(tmp_path / "whole.gguf").architecture == "llama"
    assert f"{len(whole) - 1} of {len(whole)} bytes" in _error(tmp_path, whole[:-1])


def _twice(key: str) -> tuple[bytes, bytes]:
    return (w.pair(key, w.U32, w.number(1)),) * 2


_MALFORMED = {
    "is empty": b"",
    "starts with b'<!DOCTYP'": b"<!DOCTYPE html><html></html>",
    "starts with b'\\x00\\x00": bytes(4096),
    "starts with b'GGJT": w.raw(w.ARCHITECTURE, magic=b"GGJT"),
    "ends inside its header, after 4 bytes": b"GGUF",
    "version 0 of": w.raw(w.ARCHITECTURE, version=0),
    "version 1 of": w.raw(w.ARCHITECTURE, version=1),
    "version 4 of": w.raw(w.ARCHITECTURE, version=4),
    "version 99 of": w.raw(w.ARCHITECTURE, version=99),
    "the other byte order": b"GGUF" + struct.pack(">IQQ", 3, 0, 0),
    "18446744073709551615 metadata entries": w.raw(pair_count=2**64 - 1),
    "18446744073709551615 tensors": w.raw(w.ARCHITECTURE, tensor_count=2**64 - 1),
    "holds no tensors": w.raw(w.ARCHITECTURE, tensors=()),
    "names no architecture": w.raw(),
    "'x' twice": w.raw(w.ARCHITECTURE, *_twice("x")),
    "unknown type 77 in 'x'": w.raw(w.pair("x", 77, b"")),
    "unknown type 9 in 'x'": w.raw(w.pair("x", w.ARRAY, w.array(w.ARRAY, 1))),
    "a metadata key in bytes that are not UTF-8": w.raw(w.pair(b"\xff", w.U32, w.number(1))),
    "bytes on a metadata key": w.raw(w.pair("x" * 2000, w.U32, w.number(1))),
    "tokenizer.chat_template in bytes": w.raw(w.pair("tokenizer.chat_template", w.STRING, w.text(b"\xff"))),
    "general.architecture is 7": w.raw(w.pair("general.architecture", w.U32, w.number(7))),
    "ends inside its header": w.raw(w.pair("x", w.STRING, struct.pack("<Q", 2**63))),
    "tokens": w.raw(w.pair("tokenizer.ggml.tokens", w.ARRAY, w.array(w.STRING, 2**21))),
    "strings in its metadata": w.raw(w.pair("x", w.ARRAY, w.array(w.STRING, 2**62))),
    "after 4": w.raw(w.pair("x", w.ARRAY, w.array(w.U64, 2**61)), data=4000),
    "an alignment of 3": w.raw(w.pair("general.alignment", w.U32, w.number(3))),
    "an alignment of 0": w.raw(w.pair("general.alignment", w.U32, w.number(0))),
    "block_count is 0": w.raw(w.ARCHITECTURE, w.pair("llama.block_count", w.U32, w.number(0))),
    "block_count is 100000": w.raw(w.ARCHITECTURE, w.pair("llama.block_count", w.U32, w.number(100_000))),
    "block_count is 2147483647": w.raw(w.ARCHITECTURE, w.pair("llama.block_count", w.U32, w.number(2**31 - 1))),
    "context_length is -1": w.raw(w.ARCHITECTURE, w.pair("llama.context_length", w.INT32, b"\xff" * 4)),
    "context_length is True": w.raw(w.ARCHITECTURE, w.pair("llama.context_length", 7, b"\x01")),
    "type 36, which is not known": w.raw(w.ARCHITECTURE, tensors=(w.tensor(kind=36),)),
    "'w' 0 dimensions": w.raw(w.ARCHITECTURE, tensors=(w.tensor(shape=()),)),
    "'w' 5 dimensions": w.raw(w.ARCHITECTURE, tensors=(w.tensor(shape=(1,) * 5),)),
    "shape [0]": w.raw(w.ARCHITECTURE, tensors=(w.tensor(shape=(0,)),)),
    "which Q4_0 cannot have": w.raw(w.ARCHITECTURE, tensors=(w.tensor(shape=(33,), kind=2),)),
    "of 85070591730234615865843651857942052992 bytes": w.raw(
        w.ARCHITECTURE, tensors=(w.tensor(shape=(2**63, 2**63), kind=24),)
    ),
    "at 64 instead of 0": w.raw(w.ARCHITECTURE, tensors=(w.tensor(offset=64),)),
    "the tensor b'w' twice": w.raw(w.ARCHITECTURE, tensors=(w.tensor(), w.tensor(offset=128))),
    "bytes on a tensor's name": w.raw(w.ARCHITECTURE, tensors=(w.tensor(name="n" * 65),)),
}


@pytest.mark.parametrize("reason", _MALFORMED)
def test_every_malformation_is_named(tmp_path: Path, reason: str) -> None:
    message = _error(tmp_path, _MALFORMED[reason])
    assert reason in message
    assert message.startswith("bad.gguf ")
    assert message.endswith("; fetch it again or choose another file.")


def test_folder_and_missing_file_are_named(tmp_path: Path) -> None:
    with pytest.raises(metadata.GgufError, match="is not a file"):
        metadata.read(tmp_path)
    with pytest.raises(metadata.GgufError, match="There is no file"):
        metadata.read(tmp_path / "none.gguf")


def _readable(file: Path, content: bytes) -> bool:
    file.write_bytes(content)
    try:
        metadata.read(file)
    except metadata.GgufError:
        return False
    return True


def test_mutated_file_gives_a_header_or_a_gguf_error(tmp_path: Path) -> None:
    whole = w.write(tmp_path / "whole.gguf", tokenizer__chat_template="x", general__sampling__top_k=1).read_bytes()
    draw = random.Random(7)
    outcomes = set()
    for _ in range(1000):
        content = bytearray(whole)
        for _ in range(draw.randint(1, 4)):
            content[draw.randrange(900)] = draw.choice((0, 1, 0x7F, 0x80, 0xFF, draw.randrange(256)))
        outcomes.add(_readable(tmp_path / "m.gguf", bytes(content)))
    assert outcomes == {True, False}


@given(st.binary(max_size=200))
def test_random_bytes_after_the_magic_are_refused(tmp_path_factory: pytest.TempPathFactory, rest: bytes) -> None:
    file = tmp_path_factory.getbasetemp() / "any.gguf"
    assert not _readable(file, b"GGUF" + struct.pack("<I", 3) + rest)


@pytest.mark.skipif(sys.platform != "linux", reason="the peak is read from /proc")
def test_huge_vocabulary_costs_little_memory(tmp_path: Path) -> None:
    tokens = b"".join(struct.pack("<QQ", 8, each) for each in range(2**20))
    file = tmp_path / "many.gguf"
    file.write_bytes(w.raw(w.ARCHITECTURE, w.pair("tokenizer.ggml.tokens", w.ARRAY, w.array(w.STRING, 2**20, tokens))))
    # Not getrusage: its figure starts at the size of the parent process.
    code = (
        "import sys; from pathlib import Path; from tui.models.gguf import metadata;"
        "vocabulary = metadata.read(Path(sys.argv[1])).vocabulary;"
        "print(vocabulary, Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(file)], capture_output=True, text=True, timeout=GUARD, check=True
    )
    vocabulary, peak = map(int, done.stdout.split())
    assert vocabulary == 2**20
    assert peak * 1024 < 128 * 2**20
