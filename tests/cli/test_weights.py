"""`duochat ask`, `pull` and `replay` on tiny models whose files have changed."""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import tiny
from tests.end_to_end.conftest import environ_for, run
from tests.models.gguf.cached import REPO, flip, lay_out
from tests.ticks import after_tick

ENTRY = """
[[model]]
id = "tiny"
name = "Tiny"
repo = "{repo}"
file = "m.gguf"
size = {size}
sha256 = "{sha256}"
"""
NAMES = {"catalogue": "tiny", "hf": f"hf:{REPO}/free.gguf"}


@dataclass(frozen=True)
class Home:
    """A home with a tiny model three times: in the catalogue, under a free name in the hub cache, and as a file."""

    place: Path
    cached: Path
    free: Path
    own: Path

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Return the exit status of a command and both output streams."""
        ran = run(arguments, environ_for(self.place))
        return ran.returncode, ran.stdout, ran.stderr

    def asked(self, name: str, *arguments: str) -> tuple[int, dict[str, Any], str]:
        """Return the exit status of `ask`, its document, and standard error."""
        status, out, err = self.run("ask", name, name, "Hi", "--json", "--max-tokens", "8", *arguments)
        return status, json.loads(out) if out else {}, err


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    file = tiny.write(tmp_path_factory.mktemp("tiny") / "m.gguf", script={"\n": ["Hello", " there"]})
    return file.read_bytes()


@pytest.fixture
def home(tmp_path: Path, content: bytes) -> Home:
    (tmp_path / "config").mkdir()
    entry = ENTRY.format(repo=REPO, size=len(content), sha256=hashlib.sha256(content).hexdigest())
    (tmp_path / "config" / "models.toml").write_text(entry, encoding="utf-8")
    own = tmp_path / "own.gguf"
    own.write_bytes(content)
    cached, free = (lay_out(tmp_path / "hub", content, name) for name in ("m.gguf", "free.gguf"))
    return Home(tmp_path, cached, free, own)


@pytest.mark.parametrize("kind", NAMES)
def test_ask_refuses_weights_with_a_flipped_byte(home: Home, kind: str) -> None:
    assert home.asked(NAMES[kind])[0] == 0
    flip(after_tick(home.cached.resolve()))
    status, document, err = home.asked(NAMES[kind])
    assert (status, document) == (1, {})
    assert f".gguf ({home.cached.resolve()}) has a wrong checksum: its bytes changed." in err
    assert "Traceback" not in err


def test_ask_reads_weights_once(home: Home) -> None:
    first, second = home.asked("tiny"), home.asked("tiny")
    assert "verifying the checksum" in first[2]
    assert "verifying" not in second[2]
    assert second[1]["left"]["weights"]["sha256"] == hashlib.sha256(home.cached.read_bytes()).hexdigest()


def test_ask_records_and_reports_a_changed_local_file(home: Home) -> None:
    name, before = str(home.own), hashlib.sha256(home.own.read_bytes()).hexdigest()
    assert home.asked(name)[1]["left"]["weights"]["sha256"] == before
    flip(after_tick(home.own))
    now = hashlib.sha256(home.own.read_bytes()).hexdigest()
    status, document, err = home.asked(name)
    assert status == 0
    assert document["right"]["weights"]["sha256"] == now
    told = f"own.gguf changed since it was last used: its sha256 is now {now[:8]}…, it was {before[:8]}…"
    assert err.count(told) == 1
    assert "changed" not in home.asked(name)[2]


def test_pull_verifies_what_is_on_disk(home: Home) -> None:
    status, _, err = home.run("pull", "tiny")
    assert (status, err.count("verifying")) == (0, 1)
    assert home.run("pull", "tiny")[2] == f"tiny: ready at {home.cached}\n"
    after_tick(home.cached.resolve()).touch()
    assert "verifying" in home.run("pull", "tiny")[2]
    flip(after_tick(home.cached.resolve()))
    assert home.run("pull", "tiny")[0] == 1


@pytest.mark.parametrize("kind", [*NAMES, "path"])
def test_pull_verify_reads_the_file_and_prints_its_hash(home: Home, kind: str) -> None:
    path = {"catalogue": home.cached, "hf": home.free, "path": home.own}[kind]
    name, sha256 = NAMES.get(kind, str(path)), hashlib.sha256(path.read_bytes()).hexdigest()
    for _ in range(2):
        status, _, err = home.run("pull", "--verify", name)
        assert status == 0
        assert f"{name}: verifying the checksum" in err
        assert f"{name}: ready at {path} (sha256 {sha256})" in err


def test_pull_verify_refuses_a_flipped_byte(home: Home) -> None:
    flip(home.cached)
    status, _, err = home.run("pull", "--verify", *NAMES.values())
    assert status == 1
    assert err.count("has a wrong checksum") == 2


def test_replay_reports_different_weights(home: Home) -> None:
    saved = home.place / "saved.json"
    assert home.asked(str(home.own), "--save", str(saved))[0] == 0
    assert home.run("replay", str(saved))[0] == 0
    flip(after_tick(home.own))
    status, out, _ = home.run("replay", str(saved), "--json")
    assert status == 1
    assert "weights" in out


def test_replay_refuses_weights_with_a_flipped_byte(home: Home) -> None:
    saved = home.place / "saved.json"
    assert home.asked("tiny", "--save", str(saved))[0] == 0
    flip(after_tick(home.cached.resolve()))
    status, _, err = home.run("replay", str(saved))
    assert status == 1
    assert "has a wrong checksum" in err


def test_damaged_ledger_makes_pull_verify_again(home: Home) -> None:
    assert home.run("pull", "tiny")[0] == 0
    shutil.copy(home.own, next((home.place / "state" / "verified").iterdir()))
    status, _, err = home.run("pull", "tiny")
    assert status == 0
    assert "verifying" in err
