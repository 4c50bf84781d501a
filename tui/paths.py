"""The folders and files that are duochat's own; `DUOCHAT_HOME` moves all of them."""

import os
from pathlib import Path

from platformdirs import PlatformDirs

_DIRS = PlatformDirs("duochat", appauthor=False)


def _dir(kind: str, default: Path) -> Path:
    home = os.environ.get("DUOCHAT_HOME")
    return Path(home).expanduser().absolute() / kind if home else default


def config_dir() -> Path:
    """Return the folder of the user's own `models.toml` and `settings.toml`."""
    return _dir("config", _DIRS.user_config_path)


def data_dir() -> Path:
    """Return the folder of what must not be lost: the archive, transcripts, weights from the package index."""
    return _dir("data", _DIRS.user_data_path)


def cache_dir() -> Path:
    """Return the folder of what can be made again."""
    return _dir("cache", _DIRS.user_cache_path)


def state_dir() -> Path:
    """Return the folder of logs and of what is known about weights files."""
    return _dir("state", _DIRS.user_state_path)


def user_models_file() -> Path:
    """Return the path of the user's additions to the catalogue."""
    return config_dir() / "models.toml"


def settings_file() -> Path:
    """Return the path of preferences and key bindings."""
    return config_dir() / "settings.toml"


def archive_file() -> Path:
    """Return the path of the archive's database."""
    return data_dir() / "archive.db"


def transcripts_dir() -> Path:
    """Return the folder that Ctrl+S saves to, unless the settings name another."""
    return data_dir() / "transcripts"


def weights_dir() -> Path:
    """Return the folder of weights from the package index; each file is named by its sha256 and `.gguf`."""
    return data_dir() / "weights"


def downloads_dir() -> Path:
    """Return the folder of unfinished downloads, and of the wheels of a model that is not complete yet."""
    return cache_dir() / "downloads"


def headers_dir() -> Path:
    """Return the folder of the GGUF headers that were read; each has a file of its own."""
    return cache_dir() / "headers"


def verified_dir() -> Path:
    """Return the folder of the ledger of hashed weights files; each has a file of its own."""
    return state_dir() / "verified"


def shipped_models_file() -> Path:
    """Return the path of the shipped catalogue: inside the installed package, or beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "models.toml"
    return inside if inside.is_file() else package.parent / "models.toml"
