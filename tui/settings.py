"""Owns the user's preferences: read from and written to `config/settings.toml`."""

import os
import tempfile
from pathlib import Path
from typing import Annotated

import msgspec
import tomli_w

from tui import paths
from tui.errors import UserError

Count = Annotated[int, msgspec.Meta(ge=1, le=1024)]


class SettingsError(UserError):
    """`settings.toml` cannot be used; the message is one sentence with the next step."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Preferences; `keys` maps a binding's id to a key, as `stop = "f8"` in a table `[keys]`.

    `cores` are those that both models may use together, `threads` a number for each model that nothing changes; None
    leaves them to the machine. With `warm`, the pair that was asked last loads while the menu is open.
    """

    theme: str = "duochat-dark"
    transcripts: str = ""
    cores: Count | None = None
    threads: Count | None = None
    warm: bool = True
    keys: dict[str, str] = {}

    @property
    def transcripts_dir(self) -> Path:
        """Where transcripts are saved."""
        return Path(self.transcripts).expanduser() if self.transcripts else paths.transcripts_dir()


def load(file: Path) -> Settings:
    """The settings in `file`, or the defaults where there is none."""
    try:
        return msgspec.toml.decode(file.read_bytes(), type=Settings)
    except FileNotFoundError:
        return Settings()
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: {error}. Mend or remove the file.") from error


def save(settings: Settings, file: Path) -> None:
    """Writes `settings` to `file`, whole or not at all."""
    paths.private_dir(file.parent)
    content = tomli_w.dumps(msgspec.to_builtins(settings))
    handle, name = tempfile.mkstemp(dir=file.parent, prefix=".settings-", suffix=".toml")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
