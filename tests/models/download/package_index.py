"""Wheels with weights, and a package index on this machine that serves them."""

import contextlib
import hashlib
import http.server
import threading
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from tests.patience import GUARD
from tui.models.catalogue.spec import ModelSpec, Wheel


def write_wheel(folder: Path, wheel: Wheel, content: bytes) -> Path:
    """Write a wheel with `content` as its member into `folder`, laid out as a simple index."""
    name = wheel.package.replace("-", "_")
    file = folder / wheel.package / f"{name}-{wheel.version}-py3-none-any.whl"
    file.parent.mkdir(parents=True, exist_ok=True)
    info = f"{name}-{wheel.version}.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(wheel.member, content)
        archive.writestr(
            f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {wheel.package}\nVersion: {wheel.version}\n"
        )
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: t\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return file


def write_model(folder: Path, content: bytes, parts: int = 1) -> ModelSpec:
    """Return a catalogue entry with the weights `content`, cut into `parts` wheels in `folder`."""
    wheels = tuple(Wheel(f"weights-part{n}", "1.0", f"weights_part{n}/data/{n}.bin") for n in range(parts))
    share = -(-len(content) // parts)
    for n, wheel in enumerate(wheels):
        write_wheel(folder, wheel, content[n * share : (n + 1) * share])
    sha256 = hashlib.sha256(content).hexdigest()
    return ModelSpec(id="m", name="M", file="m.gguf", size=len(content), sha256=sha256, wheels=wheels)


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Log nothing."""


@contextlib.contextmanager
def serving(folder: Path, gate: threading.Event | None = None) -> Iterator[dict[str, str]]:
    """Return the environment for a pip that knows only the index in `folder`, whose answers wait for `gate`."""

    class Handler(_Quiet):
        def do_GET(self) -> None:
            if gate is not None:
                gate.wait(GUARD)
            with contextlib.suppress(ConnectionError):
                super().do_GET()

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder))) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        try:
            yield {**no_settings(), "PIP_INDEX_URL": f"http://127.0.0.1:{server.server_address[1]}/"}
        finally:
            server.shutdown()
            thread.join()


def no_settings() -> dict[str, str]:
    """A pip configuration that hides this machine's settings; pip ignores an empty one."""
    return {"PIP_CONFIG_FILE": "/dev/null", "PIP_NO_INDEX": "", "PIP_EXTRA_INDEX_URL": "", "PIP_FIND_LINKS": ""}
