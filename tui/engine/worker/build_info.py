"""The installed build of llama.cpp: its versions, features and devices."""

import ctypes
import platform
import re

from tui.engine.wire import EngineFacts
from tui.engine.worker.binding import lib, version
from tui.engine.worker.vocabulary import text_of


def engine_name() -> str:
    """Return the engine's name with the versions of the package and of llama.cpp."""
    return f"llama-cpp-python {version()} (llama.cpp {text_of(lib.llama_version())})"


def machine(*, without_amx: bool = False) -> str:
    """Return the processor with its features that this build uses."""
    used = re.findall(r"([A-Z0-9_]+) = 1", text_of(lib.llama_print_system_info()))
    return " ".join([platform.machine(), *(name for name in used if not (without_amx and name.startswith("AMX")))])


def has_amx() -> bool:
    """Return whether this build has kernels for Intel's AMX."""
    return "AMX_INT8 = 1" in text_of(lib.llama_print_system_info())


def may_repack(*, safe_mode: bool, without_amx: bool) -> bool:
    """Return whether extra buffers may be used: in the safe mode only where refusing AMX is enough."""
    return not safe_mode or (without_amx and has_amx())


def facts() -> EngineFacts:
    """Return the facts about this build."""
    return EngineFacts(
        engine=engine_name(),
        features=text_of(lib.llama_print_system_info()).strip(" |"),
        devices=_devices(),
        gpu=bool(lib.llama_supports_gpu_offload()),
    )


def _devices() -> list[str]:
    """Return ggml's devices by name and description, through ctypes because the binding lacks these functions."""
    ggml = ctypes.CDLL(lib._lib._name)
    get, name, description = ggml.ggml_backend_dev_get, ggml.ggml_backend_dev_name, ggml.ggml_backend_dev_description
    get.restype, name.restype, description.restype = ctypes.c_void_p, ctypes.c_char_p, ctypes.c_char_p
    found = [ctypes.c_void_p(get(ctypes.c_size_t(index))) for index in range(ggml.ggml_backend_dev_count())]
    return [f"{text_of(name(device))}: {text_of(description(device))}" for device in found]
