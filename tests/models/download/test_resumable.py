"""Resumed downloads through every way in which a server can fail."""

import hashlib
import os
import threading
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.models.download.loopback import Fault, LoopbackHub, Refusal, weights
from tests.patience import GUARD
from tui.models.download.events import FetchError, Line, Note, Progress
from tui.models.download.ranged_request import Transfer
from tui.models.download.resumable import RetryPolicy, check_hash, download_lock, ensure_space, move_into_place, receive
from tui.models.hub import Hub

REPO, FILE = "maker/model", "model.gguf"
SIZE = 3_000_000
CONTENT = weights(SIZE)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
QUICK = RetryPolicy(tries=4, first=0.01, longest=0.05)


@dataclass
class Download:
    """A download in this process."""

    loopback: LoopbackHub
    folder: Path
    said: list[Line] = field(default_factory=list)

    @property
    def part(self) -> Path:
        return self.folder / f"{SHA256}.part"

    @property
    def notes(self) -> str:
        return "\n".join(event.text for event in self.said if isinstance(event, Note))

    def transfer(self) -> Transfer:
        hub = Hub(self.loopback.endpoint, self.folder)
        return hub.transfer(hub.find(REPO, FILE, None, GUARD), REPO, FILE)

    def run(self, patience: RetryPolicy = QUICK, stall: float = GUARD) -> bytes:
        transfer = self.transfer()
        transfer.stall = stall
        receive(transfer, self.part, patience, self.said.append)
        check_hash(self.part, SHA256, self.said.append)
        return self.part.read_bytes()

    def refusal(self, patience: RetryPolicy = QUICK) -> str:
        with pytest.raises(FetchError) as refused:
            self.run(patience)
        return str(refused.value)


def served(*faults: Fault) -> LoopbackHub:
    return LoopbackHub({f"{REPO}/{FILE}": CONTENT}, faults=deque(faults))


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_cut_download_resumes(share: float, tmp_path: Path) -> None:
    with served(Fault(cut="close", after=int(SIZE * share))) as loopback:
        assert Download(loopback, tmp_path).run() == CONTENT
    assert loopback.sent == SIZE


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_stalled_download_resumes(share: float, tmp_path: Path) -> None:
    with served(Fault(cut="stall", after=int(SIZE * share))) as loopback:
        download = Download(loopback, tmp_path)
        assert download.run(stall=2.0) == CONTENT
        assert "trying again" in download.notes
    assert loopback.sent == SIZE


@pytest.mark.parametrize("share", [0.1, 0.5, 0.99])
def test_reset_download_resumes(share: float, tmp_path: Path) -> None:
    with served(Fault(cut="reset", after=int(SIZE * share))) as loopback:
        download = Download(loopback, tmp_path)
        assert download.run() == CONTENT
        assert len(loopback.asked("cdn")) == 2
        assert "broke off" in download.notes


def test_cuts_with_progress_do_not_count_as_failures(tmp_path: Path) -> None:
    with served(*[Fault(cut="close", after=300_000)] * 9) as loopback:
        assert Download(loopback, tmp_path).run() == CONTENT
    assert loopback.sent == SIZE


@pytest.mark.parametrize("status", [403, 408, 429, 500, 502, 503])
def test_busy_server_is_asked_again(status: int, tmp_path: Path) -> None:
    with served(Fault(status=status), Fault(status=status)) as loopback:
        download = Download(loopback, tmp_path)
        assert download.run() == CONTENT
        assert f"answers {status}; trying again" in download.notes


def test_long_retry_after_is_shown_and_capped(tmp_path: Path) -> None:
    with served(Fault(status=429, headers={"Retry-After": "86400"})) as loopback:
        download = Download(loopback, tmp_path)
        assert download.run() == CONTENT
        assert "(it asks for 86400 s); trying again in 0.1 s" in download.notes


def test_server_that_stays_down_is_reported(tmp_path: Path) -> None:
    with served(*[Fault(status=503)] * 9) as loopback:
        assert "answers 503, 4 times in a row. Check the network" in Download(loopback, tmp_path).refusal()
        assert len(loopback.asked("cdn")) == 4


def test_server_without_ranges_starts_over_and_finishes(tmp_path: Path) -> None:
    with served(Fault(cut="close", after=SIZE // 2), Fault(ignores_range=True)) as loopback:
        download = Download(loopback, tmp_path)
        assert download.run() == CONTENT
        assert "cannot continue a download" in download.notes


def test_unsatisfiable_range_starts_over(tmp_path: Path) -> None:
    with served(Fault(cut="close", after=SIZE // 2), Fault(status=416)) as loopback:
        assert Download(loopback, tmp_path).run() == CONTENT


def test_wrong_range_is_never_written(tmp_path: Path) -> None:
    elsewhere = Fault(headers={"Content-Range": f"bytes 5-{SIZE - 1}/{SIZE}"})
    with served(Fault(cut="close", after=SIZE // 2), elsewhere) as loopback:
        assert Download(loopback, tmp_path).run() == CONTENT


def test_flipped_byte_is_a_wrong_checksum_and_the_next_try_works(tmp_path: Path) -> None:
    with served(Fault(flips=SIZE // 3)) as loopback:
        download = Download(loopback, tmp_path)
        assert "wrong checksum" in download.refusal()
        assert not download.part.exists()
        assert download.run() == CONTENT


BAD_BODIES = {
    "short": (Fault(content=CONTENT[:-1]), "offers 2999999 bytes where 3000000 are expected"),
    "long": (Fault(content=CONTENT + b"x"), "offers 3000001 bytes"),
    "long without a length": (Fault(extra=b"x"), "sent more than the 3000000 bytes"),
    "web page": (Fault(headers={"Content-Type": "text/html; charset=utf-8"}), "a web page"),
    "disguised web page": (Fault(content=b"<html>" + CONTENT[6:]), "something other than GGUF weights"),
    "gzip": (Fault(headers={"Content-Encoding": "gzip"}), "compressed (gzip)"),
}


@pytest.mark.parametrize("case", BAD_BODIES)
def test_body_that_cannot_be_the_file_is_refused_and_removed(case: str, tmp_path: Path) -> None:
    fault, why = BAD_BODIES[case]
    with served(fault) as loopback:
        download = Download(loopback, tmp_path)
        assert why in download.refusal()
        assert not download.part.exists()


def test_token_goes_only_to_the_hub(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with served(Fault(cut="close", after=SIZE // 2)) as loopback:
        download = Download(loopback, tmp_path)
        assert download.run() == CONTENT
        assert {seen.headers.get("authorization") for seen in loopback.asked("hub")} == {"Bearer hf_secret"}
        assert all("hf_secret" not in str(seen) for seen in loopback.asked("cdn"))
        assert "hf_secret" not in str(download.said)
        assert "hf_secret" not in repr(download.transfer())


def test_changed_file_on_the_hub_is_never_spliced(tmp_path: Path) -> None:
    with served(Fault(cut="close", after=SIZE // 2)) as loopback:
        download = Download(loopback, tmp_path)
        transfer = download.transfer()

        def tell(event: Line) -> None:
            if isinstance(event, Progress) and event.done >= SIZE // 2:
                loopback.files[f"{REPO}/{FILE}"] = weights(SIZE, seed=1)

        with pytest.raises(FetchError, match="changed"):
            receive(transfer, download.part, QUICK, tell)
    assert loopback.sent == SIZE // 2


def test_changed_file_on_the_cdn_starts_over(tmp_path: Path) -> None:
    changed = Fault(headers={"ETag": '"other"'})
    with served(Fault(cut="close", after=SIZE // 2), changed) as loopback:
        download = Download(loopback, tmp_path)
        assert download.run() == CONTENT
        assert "changed on the server; starting over" in download.notes


def test_refusal_in_mid_download_is_explained(tmp_path: Path) -> None:
    with served(Fault(cut="close", after=SIZE // 2)) as loopback:
        download = Download(loopback, tmp_path)
        transfer = download.transfer()
        loopback.refusals.extend([Refusal(401, "GatedRepo", "Restricted.")])
        with pytest.raises(FetchError, match="gated and no token is set"):
            receive(transfer, download.part, QUICK, download.said.append)


def test_full_disk_in_mid_download_is_reported(tmp_path: Path) -> None:
    with served() as loopback:
        download = Download(loopback, tmp_path)
        download.part.symlink_to("/dev/full")
        assert "is full. Free some space" in download.refusal()


def test_small_disk_is_refused_with_both_numbers(tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"big\.gguf needs 1000000 TB more and .* has [\d.]+ [kMGT]?B free"):
        ensure_space(tmp_path / "not" / "there", 10**18, "big.gguf")


def test_weights_are_moved_in_one_step(tmp_path: Path) -> None:
    part, target = tmp_path / "a.part", tmp_path / "blobs" / "a"
    part.write_bytes(CONTENT)
    move_into_place(part, target, shared=True)
    assert target.read_bytes() == CONTENT
    assert not part.exists()


@pytest.mark.parametrize(("shared", "mode"), [(True, 0o640), (False, 0o600)])
def test_weights_are_moved_to_another_disk(tmp_path: Path, shared: bool, mode: int) -> None:
    elsewhere = next(place for place in (Path("/dev/shm"), Path.home()) if place.is_dir())  # noqa: S108
    part, target = elsewhere / f"duochat-test-{tmp_path.name}.part", tmp_path / "blobs" / "a"
    part.write_bytes(CONTENT)
    part.chmod(0o600)
    umask = os.umask(0o027)
    try:
        move_into_place(part, target, shared=shared)
        assert target.stat().st_mode & 0o777 == mode
        assert target.read_bytes() == CONTENT
        assert [file.name for file in target.parent.iterdir()] == ["a"]
        assert not part.exists()
    finally:
        os.umask(umask)
        part.unlink(missing_ok=True)


def test_second_run_waits_with_a_note(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUOCHAT_HOME", str(tmp_path))
    waits, said, order = threading.Event(), list[Line](), list[str]()

    def tell(event: Line) -> None:
        said.append(event)
        waits.set()

    def second() -> None:
        with download_lock(SHA256, SIZE, tell):
            order.append("second")

    with download_lock(SHA256, SIZE, said.append):
        thread = threading.Thread(target=second)
        thread.start()
        assert waits.wait(GUARD)
        order.append("first")
    thread.join(GUARD)
    assert order == ["first", "second"]
    assert said[0] == Note("another duochat is fetching this model; waiting for it")
