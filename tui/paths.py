"""Owns every place on disk that is duochat's own; `DUOCHAT_HOME` moves them all."""

import os
import threading
from pathlib import Path

from platformdirs import PlatformDirs

_DIRS = PlatformDirs("duochat", appauthor=False)


def _place(kind: str, default: Path) -> Path:
    home = os.environ.get("DUOCHAT_HOME")
    return Path(home).expanduser().absolute() / kind if home else default


def config_dir() -> Path:
    """Where the user's own `models.toml` and `settings.toml` lie."""
    return _place("config", _DIRS.user_config_path)


def data_dir() -> Path:
    """Where what must not be lost lies: the archive, transcripts, weights from the package index."""
    return _place("data", _DIRS.user_data_path)


def cache_dir() -> Path:
    """Where what can be made again lies."""
    return _place("cache", _DIRS.user_cache_path)


def state_dir() -> Path:
    """Where logs lie, and what is known of weights files."""
    return _place("state", _DIRS.user_state_path)


def user_models_file() -> Path:
    """The user's additions to the catalogue."""
    return config_dir() / "models.toml"


def settings_file() -> Path:
    """Preferences and key bindings."""
    return config_dir() / "settings.toml"


def archive_file() -> Path:
    """The database of everything said."""
    return data_dir() / "archive.db"


def transcripts_dir() -> Path:
    """Where Ctrl+S saves, unless the settings name another folder."""
    return data_dir() / "transcripts"


def weights_dir() -> Path:
    """Weights that came from the package index, one file named by its sha256 and `.gguf`."""
    return data_dir() / "weights"


def downloads_dir() -> Path:
    """Unfinished downloads and the wheels of a model that is not whole yet."""
    return cache_dir() / "downloads"


def headers_dir() -> Path:
    """What was read of GGUF headers, one small file for each."""
    return cache_dir() / "headers"


def verified_dir() -> Path:
    """The ledger of weights files that were hashed, one small file for each."""
    return state_dir() / "verified"


def shipped_models_file() -> Path:
    """The catalogue that came with duochat: inside the package when installed, beside it in a checkout."""
    package = Path(__file__).resolve().parent
    inside = package / "models.toml"
    return inside if inside.is_file() else package.parent / "models.toml"


def private_opener(path: str, flags: int) -> int:
    """Open a file for `open`, one that is made with mode 0600 under any umask."""
    return os.open(path, flags, 0o600)


def write_private(file: Path, content: bytes) -> None:
    """Write `file` whole or not at all, with mode 0600 in folders of mode 0700; raise OSError where that fails.

    There is no fsync: it is for what can be made again.
    """
    private_dir(file.parent)
    part = file.with_suffix(f".{os.getpid()}-{threading.get_ident()}")
    try:
        with open(part, "wb", opener=private_opener) as stream:
            stream.write(content)
        part.replace(file)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def private_dir(path: Path) -> Path:
    """Makes `path` if it is missing, and what is missing above it, all with mode 0700, and returns it."""
    for place in (*reversed(path.parents), path):
        if not place.is_dir():
            place.mkdir(exist_ok=True, mode=0o700)
    return path
