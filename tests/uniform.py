"""Write GGUF files whose matrices all have one tensor type, to measure it: `python -m tests.uniform FOLDER TYPE...`."""

import sys
from pathlib import Path

import gguf
import numpy as np

from tests import tiny

WIDTH, FEED_FORWARD, LAYERS = 2048, 8192, 4
"""The shape of the layers of a Llama 3.2 1B, and a quarter of them: 268 million parameters."""

_HEADS = 32


def write(
    path: Path,
    kind: gguf.GGMLQuantizationType,
    *,
    width: int = WIDTH,
    feed_forward: int = FEED_FORWARD,
    layers: int = LAYERS,
) -> Path:
    """Write a model of `layers` layers whose matrices are zeros of type `kind` to `path`, and return `path`.

    What a matrix product costs does not depend on its numbers.
    """
    writer = gguf.GGUFWriter(path, "llama")
    texts = [*tiny.CONTROLS, *tiny.byte_letters()]
    writer.add_name(f"Uniform {kind.name}")
    writer.add_block_count(layers)
    writer.add_context_length(8192)
    writer.add_embedding_length(width)
    writer.add_feed_forward_length(feed_forward)
    writer.add_head_count(_HEADS)
    writer.add_head_count_kv(_HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // _HEADS)
    writer.add_vocab_size(len(texts))
    tiny.add_vocabulary(writer, texts, begin=False, controls=tiny.CONTROLS, merges=["t h"])
    writer.add_key_value("tokenizer.chat_template", tiny.CHATML, gguf.GGUFValueType.STRING)
    _add_matrix(writer, "token_embd.weight", len(texts), width, gguf.GGMLQuantizationType.F16)
    _add_matrix(writer, "output.weight", len(texts), width, gguf.GGMLQuantizationType.F16)
    writer.add_tensor("output_norm.weight", np.ones(width, np.float32))
    for layer in range(layers):
        prefix = f"blk.{layer}."
        for name in ("attn_q", "attn_k", "attn_v", "attn_output"):
            _add_matrix(writer, f"{prefix}{name}.weight", width, width, kind)
        for name in ("ffn_gate", "ffn_up"):
            _add_matrix(writer, f"{prefix}{name}.weight", feed_forward, width, kind)
        _add_matrix(writer, f"{prefix}ffn_down.weight", width, feed_forward, kind)
        for name in ("attn_norm", "ffn_norm"):
            writer.add_tensor(f"{prefix}{name}.weight", np.ones(width, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def _add_matrix(writer: gguf.GGUFWriter, name: str, rows: int, columns: int, kind: gguf.GGMLQuantizationType) -> None:
    block, size = gguf.GGML_QUANT_SIZES[kind]
    writer.add_tensor(name, np.zeros((rows, columns // block * size), np.uint8), raw_dtype=kind)


if __name__ == "__main__":
    folder = Path(sys.argv[1])
    for word in sys.argv[2:]:
        write(folder / f"{word}.gguf", gguf.GGMLQuantizationType[word])
