"""A hub cache on disk, and changes of the files in it."""

import hashlib
from pathlib import Path

REPO, COMMIT = "maker/model", "a" * 40


def lay_out(home: Path, content: bytes, file: str = "m.gguf", *, links: bool = True) -> Path:
    """Write `content` as `file` of the newest snapshot, as a link to its blob unless the disk has no `links`."""
    repo = home / "hub" / f"models--{REPO.replace('/', '--')}"
    snapshot = repo / "snapshots" / COMMIT / file
    snapshot.parent.mkdir(parents=True, exist_ok=True)
    (repo / "refs").mkdir(exist_ok=True)
    (repo / "refs" / "main").write_text(COMMIT)
    if not links:
        snapshot.write_bytes(content)
        return snapshot
    blob = repo / "blobs" / hashlib.sha256(content).hexdigest()
    blob.parent.mkdir(exist_ok=True)
    blob.write_bytes(content)
    snapshot.symlink_to(Path("..", "..", "blobs", blob.name))
    return snapshot


def flip(path: Path, place: int = -40) -> None:
    """Flip one bit in place, by default near the end of the last tensor."""
    with path.open("r+b") as file:
        file.seek(place, 2 if place < 0 else 0)
        [byte] = file.read(1)
        file.seek(-1, 1)
        file.write(bytes([byte ^ 1]))
