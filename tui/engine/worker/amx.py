"""A filter of Linux system calls that refuses Intel's AMX to llama.cpp.

llama.cpp asks the kernel for AMX once, before it loads weights: `arch_prctl(ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA)`.
Where the kernel refuses, it computes with AVX-512 and offers no AMX buffers. No setting of llama.cpp has this effect.
Sources: `ggml-cpu/amx/amx.cpp`, and seccomp(2).
"""

import ctypes
import platform
import sys

_NO_NEW_PRIVILEGES, _SECCOMP, _FILTER = 38, 22, 2
"""PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP and SECCOMP_MODE_FILTER (linux/prctl.h, linux/seccomp.h)."""

_LOAD, _JUMP_IF_EQUAL, _RETURN = 0x20, 0x15, 0x06
"""BPF_LD | BPF_W | BPF_ABS, BPF_JMP | BPF_JEQ | BPF_K and BPF_RET | BPF_K (linux/bpf_common.h)."""

_NUMBER_AT, _ARCHITECTURE_AT, _ARGUMENT_AT = 0, 4, 16
"""Offsets in `struct seccomp_data`: the number of the call, its architecture, the low half of its first argument."""

_X86_64, _ARCH_PRCTL, _REQUEST = 0xC000003E, 158, 0x1023
"""AUDIT_ARCH_X86_64, the number of arch_prctl there, and ARCH_REQ_XCOMP_PERM."""

_ALLOW, _REFUSE = 0x7FFF0000, 0x00050001
"""SECCOMP_RET_ALLOW, and SECCOMP_RET_ERRNO with EPERM."""

_PROGRAM = (
    (_LOAD, 0, 0, _ARCHITECTURE_AT),
    (_JUMP_IF_EQUAL, 0, 5, _X86_64),
    (_LOAD, 0, 0, _NUMBER_AT),
    (_JUMP_IF_EQUAL, 0, 3, _ARCH_PRCTL),
    (_LOAD, 0, 0, _ARGUMENT_AT),
    (_JUMP_IF_EQUAL, 0, 1, _REQUEST),
    (_RETURN, 0, 0, _REFUSE),
    (_RETURN, 0, 0, _ALLOW),
)
"""Instructions: code, number to skip if true, number to skip if false, operand."""


class _Instruction(ctypes.Structure):
    """`struct sock_filter`."""

    _fields_ = (
        ("code", ctypes.c_uint16),
        ("skip_if_true", ctypes.c_uint8),
        ("skip_if_false", ctypes.c_uint8),
        ("operand", ctypes.c_uint32),
    )


class _Program(ctypes.Structure):
    """`struct sock_fprog`."""

    _fields_ = (("length", ctypes.c_uint16), ("instructions", ctypes.POINTER(_Instruction)))


def refuse_amx() -> bool:
    """Refuse AMX to this process from now on, and return whether that succeeded.

    Call it before other threads start: a filter applies to the calling thread and those that it starts.
    """
    if sys.platform != "linux" or platform.machine() != "x86_64":
        return False
    instructions = (_Instruction * len(_PROGRAM))(*(_Instruction(*each) for each in _PROGRAM))
    program = _Program(len(_PROGRAM), instructions)
    prctl = ctypes.CDLL(None).prctl
    zero = ctypes.c_ulong(0)
    if prctl(_NO_NEW_PRIVILEGES, ctypes.c_ulong(1), zero, zero, zero):
        return False
    return not prctl(_SECCOMP, ctypes.c_ulong(_FILTER), ctypes.byref(program), zero, zero)
