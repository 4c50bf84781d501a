"""The user's preferences in `config/settings.toml`."""

from pathlib import Path
from typing import Annotated

import msgspec
import tomli_w

from tui import files, paths
from tui.errors import UserError

Count = Annotated[int, msgspec.Meta(ge=1, le=1024)]


class SettingsError(UserError):
    """`settings.toml` cannot be used; the message is one sentence with the next step."""


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """Preferences; `keys` maps a binding's id to a key, as `stop = "f8"` in a table `[keys]`.

    `cores` is how many both models may use together, `threads` a fixed number for each model; None leaves them to the
    machine. With `warm`, the pair that was asked last loads while the menu is open.
    """

    theme: str = "duochat-dark"
    transcripts: str = ""
    cores: Count | None = None
    threads: Count | None = None
    warm: bool = True
    keys: dict[str, str] = {}

    @property
    def transcripts_dir(self) -> Path:
        """The folder that transcripts are saved to."""
        return Path(self.transcripts).expanduser() if self.transcripts else paths.transcripts_dir()


def load(file: Path) -> Settings:
    """Return the settings in `file`, or the defaults if there is none; raise SettingsError."""
    try:
        return msgspec.toml.decode(file.read_bytes(), type=Settings)
    except FileNotFoundError:
        return Settings()
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SettingsError(f"{file}: {error}. Correct or remove the file.") from error


def save(settings: Settings, file: Path) -> None:
    """Write `settings` to `file`, whole or not at all; raise OSError."""
    files.private_dir(file.parent)
    with files.replacing(file) as part:
        part.write_text(tomli_w.dumps(msgspec.to_builtins(settings)), encoding="utf-8")
