"""Writes another quant of a GGUF file: the same model, its matrices rounded in another way."""

from pathlib import Path

import gguf
import numpy as np

_OWN = ("GGUF.", "general.architecture")
"""What the writer sets by itself."""


def requantized(source: Path, target: Path, kind: gguf.GGMLQuantizationType) -> Path:
    """Writes the weights of `source` to `target`, every matrix as `kind`, and returns `target`."""
    reader = gguf.GGUFReader(source)
    architecture = reader.fields["general.architecture"].contents()
    writer = gguf.GGUFWriter(target, architecture)
    for name, field in reader.fields.items():
        if not name.startswith(_OWN):
            _copy(writer, name, field)
    for tensor in reader.tensors:
        values = gguf.quants.dequantize(tensor.data, tensor.tensor_type).astype(np.float32)
        if values.ndim == 1:
            writer.add_tensor(tensor.name, values)
        else:
            writer.add_tensor(tensor.name, gguf.quants.quantize(values, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return target


def _copy(writer: gguf.GGUFWriter, name: str, field: gguf.ReaderField) -> None:
    kind, *inner = field.types
    if name == "general.file_type":
        return
    writer.add_key_value(name, field.contents(), kind, sub_type=inner[-1] if inner else None)
