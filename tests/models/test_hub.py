"""The hub's answers, and each refusal as its own sentence with a next step."""

import hashlib
from pathlib import Path

import pytest

from tests.models.download.loopback import COMMIT, LoopbackHub, Refusal, closed_port, weights
from tests.patience import GUARD
from tui.models.download.events import FetchError
from tui.models.download.ranged_request import Interrupted
from tui.models.hub import Hub

REPO, FILE = "maker/model", "model.gguf"
CONTENT = weights(1000)


@pytest.fixture(autouse=True)
def _no_token(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HF_TOKEN", raising=False)


def refusal_of(
    loopback: LoopbackHub, tmp_path: Path, repo: str = REPO, file: str = FILE, revision: str = "main"
) -> str:
    with pytest.raises(FetchError) as refused:
        Hub(loopback.endpoint, tmp_path).find(repo, file, revision, GUARD)
    return str(refused.value)


def test_file_is_found_with_commit_hash_and_size(tmp_path: Path) -> None:
    with LoopbackHub({f"{REPO}/{FILE}": CONTENT}) as loopback:
        remote = Hub(loopback.endpoint, tmp_path).find(REPO, FILE, None, GUARD)
    assert remote.commit == COMMIT
    assert remote.sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert remote.size == len(CONTENT)
    assert f"/resolve/{COMMIT}/" in remote.url


REFUSALS = {
    "gated": (Refusal(401, "GatedRepo", "Access is restricted."), "", "gated and no token is set", "hf auth login"),
    "license": (
        Refusal(403, "GatedRepo", "Access is restricted."),
        "hf_x",
        "has not been granted",
        "Accept its license",
    ),
    "awaiting": (
        Refusal(403, "GatedRepo", "Your request is awaiting a review."),
        "hf_x",
        "awaits its owners' review",
        "another model",
    ),
    "rejected": (Refusal(403, "GatedRepo", "Your request has been rejected."), "hf_x", "denied", "another model"),
    "token": (
        Refusal(401, "", "Invalid credentials in Authorization header"),
        "hf_x",
        "does not accept the token",
        "/settings/tokens",
    ),
    "forbidden": (Refusal(403, "", "No."), "hf_x", "denies access", "what the token may do"),
    "disabled": (Refusal(403, "", "Access to this resource is disabled."), "", "has disabled", "another model"),
}


@pytest.mark.parametrize("case", REFUSALS)
def test_refusal_has_a_reason_and_a_next_step(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    refusal, token, why, what = REFUSALS[case]
    if token:
        monkeypatch.setenv("HF_TOKEN", token)
    with LoopbackHub({f"{REPO}/{FILE}": CONTENT}, denied={REPO: refusal}) as loopback:
        said = refusal_of(loopback, tmp_path)
    assert why in said
    assert what in said
    assert "hf_x" not in said


def test_unknown_repository_file_and_revision_differ(tmp_path: Path) -> None:
    with LoopbackHub({f"{REPO}/{FILE}": CONTENT}) as loopback:
        assert "has no maker/other that you may see" in refusal_of(loopback, tmp_path, repo="maker/other")
        assert f"{REPO} has no file other.gguf" in refusal_of(loopback, tmp_path, file="other.gguf")
        assert f"{REPO} has no revision v9" in refusal_of(loopback, tmp_path, revision="v9")


def test_mirror_is_named(tmp_path: Path) -> None:
    with LoopbackHub({}) as loopback:
        host = loopback.endpoint.removeprefix("http://")
        assert f"{host} (from HF_ENDPOINT)" in refusal_of(loopback, tmp_path)


def test_captive_portal_is_not_a_hub(tmp_path: Path) -> None:
    with LoopbackHub({f"{REPO}/{FILE}": CONTENT}, is_captive_portal=True) as loopback:
        assert "not a Hugging Face hub" in refusal_of(loopback, tmp_path)


def test_404_without_the_hubs_headers_is_not_from_a_hub(tmp_path: Path) -> None:
    with LoopbackHub({f"{REPO}/{FILE}": CONTENT}, denied={REPO: Refusal(404)}) as loopback:
        assert "not a Hugging Face hub" in refusal_of(loopback, tmp_path)


@pytest.mark.parametrize("status", [408, 429, 500, 502, 503])
def test_busy_hub_is_an_interruption(status: int, tmp_path: Path) -> None:
    busy = Refusal(status, headers={"Retry-After": "7"})
    with LoopbackHub({f"{REPO}/{FILE}": CONTENT}, denied={REPO: busy}) as loopback, pytest.raises(Interrupted) as cut:
        Hub(loopback.endpoint, tmp_path).find(REPO, FILE, None, GUARD)
    assert str(status) in cut.value.reason
    assert cut.value.retry_after == 7


def test_closed_port_is_reported_at_once(tmp_path: Path) -> None:
    with closed_port() as address, pytest.raises(Interrupted, match="cannot be reached"):
        Hub(address, tmp_path).find(REPO, FILE, None, GUARD)


def test_unknown_host_is_reported(tmp_path: Path) -> None:
    with pytest.raises(Interrupted, match=r"nowhere\.invalid"):
        Hub("http://nowhere.invalid", tmp_path).find(REPO, FILE, None, GUARD)


def test_silent_hub_times_out(tmp_path: Path) -> None:
    with LoopbackHub({f"{REPO}/{FILE}": CONTENT}, is_silent=True) as loopback, pytest.raises(Interrupted):
        Hub(loopback.endpoint, tmp_path).find(REPO, FILE, None, 0.2)


@pytest.mark.parametrize(
    ("repo", "file", "revision"),
    [
        ("../../etc", FILE, "main"),
        (REPO, "../../../model.gguf", "main"),
        (REPO, "\x1b]0;x\x07.gguf", "main"),
        (REPO, "con.gguf", "main"),
        (REPO, "x" * 300 + ".gguf", "main"),
        (REPO, FILE, "../../main"),
        (REPO, FILE, "/etc"),
    ],
)
def test_hostile_names_are_refused_without_a_request(repo: str, file: str, revision: str, tmp_path: Path) -> None:
    with LoopbackHub({f"{REPO}/{FILE}": CONTENT}) as loopback:
        assert "Correct the name" in refusal_of(loopback, tmp_path, repo, file, revision)
        assert loopback.requests == []


def test_problem_of_the_hub(tmp_path: Path) -> None:
    with LoopbackHub({}) as loopback:
        assert Hub(loopback.endpoint, tmp_path).problem(5) == ""
    with closed_port() as address:
        assert "cannot be reached" in Hub(address, tmp_path).problem(5)
