"""Writes tiny GGUF files that the real llama.cpp loads in milliseconds: random ones, and ones that recite a script."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from pathlib import Path

import gguf
import numpy as np

CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)
"""A chat template that keeps every message as it is."""

THINKING = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "<|im_start|>assistant\n"
    "{% if enable_thinking is defined and not enable_thinking %}<think>\n\n</think>\n\n{% endif %}"
)
"""The same for a model that thinks unless it is told not to."""

CONTROLS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>")
"""The control tokens: the ids from 0 on; the first begins a text, the third ends an answer."""

_HEADS = 4
_LAYERS = 1


def byte_letters() -> list[str]:
    """The letter that stands for each byte in a byte-level vocabulary (GPT-2's `bytes_to_unicode`)."""
    plain = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in plain]
    return [chr(byte) if byte in plain else chr(256 + others.index(byte)) for byte in range(256)]


def write(
    path: Path,
    *,
    template: str | bytes | None = CHATML,
    script: Mapping[str, Sequence[str | bytes]] | None = None,
    words: Sequence[str] = (),
    controls: Sequence[str] = CONTROLS,
    pairs: Sequence[str] = (),
    context: int = 512,
    seed: int = 0,
    begin: bool = False,
) -> Path:
    """Writes a llama model of about 260 tokens and well under 2 MB to `path`, and returns `path`.

    Without a `script` the weights are random (by `seed`). A `script` says what follows each of its keys, one token an
    item: `{"\n": ["Hello", " you"]}` says "Hello you" to a prompt that ends with a line feed. After the last item
    the answer ends, unless that item is a key itself; so a script can be endless. What comes next depends on the last
    token alone: no item may be followed by two things. An item is a control token, one byte, or a word (text or bytes,
    which need not be whole characters), which becomes a token that the tokenizer itself would never choose (as do
    `words`). `controls` are a family's own control tokens, in the order of `CONTROLS`; `pairs` are two letters that
    the tokenizer reads as one. `begin` asks for a token that begins every text.
    """
    letters = byte_letters()
    named = [_bytes(item) for key, items in (script or {}).items() for item in (key, *items) if item not in controls]
    merged = [b"th", *map(str.encode, pairs)]
    spoken = dict.fromkeys(item for item in named if len(item) > 1 and item not in merged)
    single = (bytes([byte]) for byte in range(256))
    ids = [*map(str.encode, controls), *single, *spoken, *map(str.encode, words), *merged]
    texts = [*controls, *("".join(letters[byte] for byte in word) for word in ids[len(controls) :])]
    width = -(-len(texts) // 32) * 32 if script else 64
    writer = gguf.GGUFWriter(path, "llama")
    _describe(writer, width, len(texts), context)
    add_vocabulary(writer, texts, begin, controls, [" ".join(letters[byte] for byte in pair) for pair in merged])
    if template is not None:
        writer.add_key_value("tokenizer.chat_template", template, gguf.GGUFValueType.STRING)
    _add_tensors(writer, width, len(texts), seed, _steps(script or {}, controls, ids))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _bytes(item: str | bytes) -> bytes:
    return item if isinstance(item, bytes) else item.encode()


def _steps(
    script: Mapping[str, Sequence[str | bytes]], controls: Sequence[str], ids: Sequence[bytes]
) -> dict[int, int]:
    """The token that follows each token."""
    steps: dict[int, int] = {}
    for key, items in script.items():
        ends = [] if items[-1] in script else [controls[2]]
        for token, following in pairwise(ids.index(_bytes(item)) for item in (key, *items, *ends)):
            if steps.setdefault(token, following) != following:
                raise ValueError(f"two things follow one item after {key!r}")
    return steps


def _describe(writer: gguf.GGUFWriter, width: int, tokens: int, context: int) -> None:
    writer.add_name("Tiny")
    writer.add_block_count(_LAYERS)
    writer.add_context_length(context)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(64)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // _HEADS)
    writer.add_vocab_size(tokens)


def add_vocabulary(
    writer: gguf.GGUFWriter, texts: Sequence[str], begin: bool, controls: Sequence[str], merges: Sequence[str]
) -> None:
    kinds = [gguf.TokenType.CONTROL] * len(controls) + [gguf.TokenType.NORMAL] * (len(texts) - len(controls))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(list(texts))
    writer.add_token_types(kinds)
    writer.add_token_merges(list(merges))
    writer.add_bos_token_id(0)
    writer.add_eos_token_id(2)
    writer.add_add_bos_token(begin)


def _add_tensors(writer: gguf.GGUFWriter, width: int, tokens: int, seed: int, steps: Mapping[int, int]) -> None:
    """Random weights, or (with `steps`) one dimension a token and an output that leads from each to the next."""
    draw = np.random.default_rng(seed)

    def noise(*shape: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float16]]:
        return draw.normal(0, 0.0 if steps else 0.35, shape).astype(np.float16)

    embedding, output = noise(tokens, width), noise(tokens, width)
    if steps:
        embedding = np.eye(tokens, width, dtype=np.float16)
        for token, following in steps.items():
            output[following, token] = 10.0
    writer.add_tensor("token_embd.weight", embedding)
    writer.add_tensor("output_norm.weight", np.ones(width, np.float32))
    writer.add_tensor("output.weight", output)
    for layer in range(_LAYERS):
        prefix = f"blk.{layer}."
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            writer.add_tensor(f"{prefix}{name}.weight", noise(width, width))
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"{prefix}{name}.weight", np.ones(width, np.float32))
        for name in ("ffn_gate", "ffn_up"):
            writer.add_tensor(f"{prefix}{name}.weight", noise(64, width))
        writer.add_tensor(f"{prefix}ffn_down.weight", noise(width, 64))
