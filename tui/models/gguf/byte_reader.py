"""Checked reading of the bytes of a GGUF header."""

import os
import struct
from typing import BinaryIO

_U32, _U64 = struct.Struct("=I"), struct.Struct("=Q")


class GgufError(Exception):
    """The file cannot be used as weights; the message is one sentence with the next step, foreign parts raw."""


def damaged(name: str, what: str) -> GgufError:
    """Return the error of a file called `name` that does or has `what`."""
    return GgufError(f"{name} {what}; fetch it again or choose another file.")


class ByteReader:
    """Reads one open file front to back; every method raises GgufError if the file ends too early.

    `name` is the file's name in errors, `size` its bytes.
    """

    def __init__(self, file: BinaryIO, name: str) -> None:
        self.file = file
        self.size = os.fstat(file.fileno()).st_size
        self._name = name

    def u32(self) -> int:
        """Read an unsigned number of 4 bytes."""
        number: int = _U32.unpack(self.take(4))[0]
        return number

    def u64(self) -> int:
        """Read an unsigned number of 8 bytes."""
        number: int = _U64.unpack(self.take(8))[0]
        return number

    def text(self, limit: int, what: str) -> str:
        """Read a string of at most `limit` bytes, which must be UTF-8; `what` names it in errors."""
        try:
            return self.string(limit, what).decode()
        except UnicodeDecodeError:
            raise self.damaged(f"holds {what} in bytes that are not UTF-8") from None

    def string(self, limit: int, what: str) -> bytes:
        """Read the bytes of a string of at most `limit` bytes; `what` names it in errors."""
        length = self.u64()
        if length > self.size:
            raise self.short()
        if length > limit:
            raise self.damaged(f"spends {length} bytes on {what}")
        return self.take(length)

    def take(self, count: int) -> bytes:
        """Read `count` bytes."""
        taken = self.file.read(count) if count <= self.size else b""
        if len(taken) < count:
            raise self.short()
        return taken

    def skip(self, count: int) -> None:
        """Move on by `count` bytes; the next read fails if that is beyond the end of the file."""
        if count > self.size:
            raise self.short()
        self.file.seek(count, os.SEEK_CUR)

    def short(self) -> GgufError:
        """Return the error of a file that ends inside its header."""
        return self.damaged(f"is cut short: it ends inside its header, after {self.size} bytes")

    def damaged(self, what: str) -> GgufError:
        """Return the error of this file, which does or has `what`."""
        return damaged(self._name, what)
