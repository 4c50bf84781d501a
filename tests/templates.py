"""The families' own chat templates, as llama.cpp collects them: from llama-cpp-python's source distribution."""

import subprocess
import sys
import tarfile
from importlib.metadata import version
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

_PACKAGE = "llama-cpp-python"
_FOLDER = "vendor/llama.cpp/models/templates"
_TRIES = 3
"""How often the index is asked."""


def obtained(cache: Path) -> Path:
    """The folder of the templates of the installed version, fetched by pip into `cache` unless it is there already."""
    folder = cache / version(_PACKAGE)
    if not folder.exists():
        with TemporaryDirectory(dir=cache) as temporary:
            unpacked = Path(temporary) / "templates"
            unpacked.mkdir()
            _unpack(_source(Path(temporary)), unpacked)
            unpacked.rename(folder)
    return folder


def _source(folder: Path) -> Path:
    """The source distribution: from the user's own index, as pip is set up; its metadata is built, its code is not."""
    wanted = f"{_PACKAGE}=={version(_PACKAGE)}"
    command = ("-m", "pip", "download", "--disable-pip-version-check", "--no-deps", f"--no-binary={_PACKAGE}", wanted)
    for _ in range(_TRIES):
        done = subprocess.run(
            (sys.executable, *command, "--dest", str(folder)), capture_output=True, text=True, timeout=600, check=False
        )
        if done.returncode == 0:
            break
    assert done.returncode == 0, done.stderr
    (archive,) = folder.glob("*.tar.gz")
    return archive


def _unpack(archive: Path, folder: Path) -> None:
    """Writes the archive's templates, and nothing else of it, into `folder`."""
    with tarfile.open(archive) as members:
        for member in members:
            path = PurePosixPath(member.name)
            if member.isfile() and path.match(f"*/{_FOLDER}/*.jinja"):
                content = members.extractfile(member)
                assert content is not None
                (folder / path.name).write_bytes(content.read())
