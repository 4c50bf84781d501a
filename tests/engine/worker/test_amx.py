"""The filter refuses AMX, and no other system call."""

import platform
import subprocess
import sys

import pytest

ASK = """
import ctypes, errno, os, sys
from tui.engine.worker.amx import refuse_amx
libc = ctypes.CDLL(None, use_errno=True)
ARCH_PRCTL, GET_PERMISSION, REQUEST_PERMISSION, TILES = 158, 0x1022, 0x1023, 18
if not refuse_amx():
    sys.exit("not refused")
assert libc.syscall(ARCH_PRCTL, REQUEST_PERMISSION, TILES) == -1
assert ctypes.get_errno() == errno.EPERM, ctypes.get_errno()
granted = ctypes.c_ulong()
assert libc.syscall(ARCH_PRCTL, GET_PERMISSION, ctypes.byref(granted)) == 0 or ctypes.get_errno() != errno.EPERM
assert os.spawnlp(os.P_WAIT, "true", "true") == 0
"""


@pytest.mark.skipif(
    sys.platform != "linux" or platform.machine() != "x86_64", reason="only Linux on x86-64 has the system call"
)
def test_refuse_amx_makes_the_system_call_fail() -> None:
    subprocess.run((sys.executable, "-c", ASK), check=True)
