"""The user's settings, and the folders of duochat."""

from pathlib import Path

import pytest

from tui import paths, settings
from tui.settings import Settings, SettingsError


def test_missing_file_gives_the_defaults(tmp_path: Path) -> None:
    assert settings.load(tmp_path / "settings.toml") == Settings()


def test_saved_settings_are_loaded(tmp_path: Path) -> None:
    file = tmp_path / "config" / "settings.toml"
    chosen = Settings(theme="duochat-light", keys={"stop": "f8"}, transcripts="~/talks", cores=6, threads=3, warm=False)
    settings.save(chosen, file)
    assert settings.load(file) == chosen
    assert [each.name for each in file.parent.iterdir()] == ["settings.toml"]
    assert chosen.transcripts_dir == Path("~/talks").expanduser()


@pytest.mark.parametrize(
    "content",
    [b"theme = ", b"theem = 'x'", b"theme = 3", b"cores = 0", b"threads = 'all'", b"warm = 1", b"\xff\xfe"],
)
def test_broken_file_is_named(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "settings.toml"
    file.write_bytes(content)
    with pytest.raises(SettingsError, match=r"settings\.toml.*Correct or remove"):
        settings.load(file)


def test_one_variable_moves_every_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DUOCHAT_HOME", str(tmp_path))
    places = (
        paths.user_models_file(),
        paths.archive_file(),
        paths.transcripts_dir(),
        paths.weights_dir(),
        paths.downloads_dir(),
        paths.state_dir(),
    )
    assert all(place.is_relative_to(tmp_path) for place in places)


def test_shipped_catalogue_is_found() -> None:
    assert paths.shipped_models_file().is_file()
