"""The shipped catalogue, the user's own over it, errors in one, and the ways to name a model."""

from pathlib import Path

import pytest

from tests.models import weights_files as w
from tui import paths
from tui.chat.reasoning import CHANNEL, HARMONY, Tags
from tui.models.catalogue.catalogue import Catalogue, CatalogueError, UnknownModel, load
from tui.models.catalogue.spec import ModelSpec, SamplingValues

SHIPPED = paths.shipped_models_file()
NOWHERE = Path("nowhere") / "models.toml"


@pytest.fixture(scope="module")
def catalogue() -> Catalogue:
    """The shipped catalogue."""
    return load(SHIPPED, NOWHERE)


def _with(tmp_path: Path, text: str) -> Catalogue:
    user = tmp_path / "models.toml"
    user.write_text(text, encoding="utf-8")
    return load(SHIPPED, user)


# The shipped catalogue


def test_catalogue_holds_both_worlds_and_the_starter_pair(catalogue: Catalogue) -> None:
    assert {spec.country for spec in catalogue.models} >= {"CN", "US", "FR", "KR", "AE"}
    assert {"Qwen3", "DeepSeek-R1", "GLM-4", "Hunyuan", "Gemma 3", "Llama 3.2", "Phi-4", "gpt-oss", "SmolLM2"} <= {
        spec.family for spec in catalogue.models
    }
    pair = catalogue.find("smollm2-135m"), catalogue.find("qwen2.5-coder-0.5b")
    assert [(spec.size, len(spec.wheels)) for spec in pair] == [(98_362_432, 1), (491_400_064, 6)]


def test_every_shipped_entry_is_complete(catalogue: Catalogue) -> None:
    for spec in catalogue.models:
        facts = (spec.maker, spec.country, spec.family, spec.params, spec.quant, spec.repo, spec.license, spec.sha256)
        assert all(facts), spec.id
        assert spec.size is not None
        assert spec.license_note.endswith("."), spec.id
        assert spec.quant.lower() in spec.file.lower(), spec.id


def test_thinking_models_have_switch_and_tags(catalogue: Catalogue) -> None:
    told = {
        "qwen3.5-0.8b": False,
        "qwen3.5-4b": True,
        "deepseek-r1-1.5b": True,
        "gpt-oss-20b": None,
        "phi-4-mini": None,
    }
    assert {name: catalogue.find(name).think_default for name in told} == told
    assert catalogue.find("hunyuan-1.8b").tags == Tags("<think>", "</think>", "<answer>", "</answer>")
    assert catalogue.find("gpt-oss-20b").tags == HARMONY
    assert catalogue.find("gemma-4-e2b").tags == CHANNEL


def test_shipped_entries_are_different_files(catalogue: Catalogue) -> None:
    assert len({spec.sha256 for spec in catalogue.models}) == len(catalogue.models)


# The user's own catalogue


def test_override_changes_only_its_keys(tmp_path: Path, catalogue: Catalogue) -> None:
    text = "[[model]]\nid = 'qwen3-0.6b'\nname = 'Mine'\nsampling = { temperature = 0.1 }\n"
    found = _with(tmp_path, text).find("qwen3-0.6b")
    shipped = catalogue.find("qwen3-0.6b")
    assert (found.name, found.sampling) == ("Mine", SamplingValues(temperature=0.1))
    assert (found.sha256, found.sampling_thinking) == (shipped.sha256, shipped.sampling_thinking)


def test_override_keeps_the_order(tmp_path: Path, catalogue: Catalogue) -> None:
    mixed = _with(tmp_path, "[[model]]\nid = 'qwen3-0.6b'\nname = 'Mine'\n")
    assert [spec.id for spec in mixed.models] == [spec.id for spec in catalogue.models]


def test_override_with_another_file_drops_the_keys_of_the_first(tmp_path: Path) -> None:
    found = _with(tmp_path, "[[model]]\nid = 'smollm2-135m'\nfile = 'SmolLM2-135M-Instruct.Q8_0.gguf'\n").find(
        "smollm2-135m"
    )
    assert (found.size, found.sha256, found.revision, found.wheels) == (None, None, None, ())
    assert (found.quant, found.license) == ("Q8_0", "apache-2.0")


def test_new_entry_needs_few_keys_and_comes_last(tmp_path: Path) -> None:
    found = _with(tmp_path, "[[model]]\nid = 'my-model'\nrepo = 'me/it'\nfile = 'q/it-IQ4_XS.gguf'\n").models[-1]
    assert found == ModelSpec(id="my-model", name="my-model", repo="me/it", file="q/it-IQ4_XS.gguf", quant="IQ4_XS")


def test_path_of_a_new_entry_is_relative_to_its_catalogue(tmp_path: Path) -> None:
    found = _with(tmp_path, "[[model]]\nid = 'mine'\npath = 'weights/it.gguf'\n").find("mine")
    assert (found.path, found.file, found.repo) == (tmp_path / "weights" / "it.gguf", "it.gguf", None)


_WRONG = [
    ("[[model]]\nid = 'my-model'\nlicence = 'mit'", "entry 'my-model': unknown key 'licence'; did you mean 'license'?"),
    ("[[model]]\nid = 'qwen3-0.6b'\nsampling = { temprature = 1 }", "'temprature'; did you mean 'temperature'?"),
    ("[[model]]\nid = 'qwen3-0.6b'\nwheels = [{ packag = 'x' }]", "wheels: unknown key 'packag'"),
    ("[[modle]]\nid = 'x'", "models.toml: unknown key 'modle'; did you mean 'model'?"),
    ("[[model]]\nname = 'x'", "entry 1: it has no id; add one"),
    ("[[model]]\nid = 'a'\npath = 'a.gguf'\n[[model]]\nid = 'My Model'", "entry 'My Model': an id has lower-case"),
    ("[[model]]\nid = 3", "entry 1: an id has lower-case"),
    ("[[model]]\nid = 'a'\npath = 'a.gguf'\n[[model]]\nid = 'a'", "entry 2: the id 'a' is used twice"),
    ("[[model]]\nid = 'a'\nfile = 'a.gguf'", "entry 'a': it has neither repo nor path"),
    ("[[model]]\nid = 'a'\nrepo = 'b/c'", "entry 'a': it needs the key 'file'"),
    ("[[model]]\nid = 'a'\nrepo = '../c'\nfile = 'a.gguf'", "'../c' is not a repository's name"),
    ("[[model]]\nid = 'a'\nrepo = 'b/c'\nfile = '../a.gguf'", "'../a.gguf' has a part, '..'"),
    ("[[model]]\nid = 'qwen3-0.6b'\nsize = '1'", "key 'size': expected `int`, got `str`"),
    ("[[model]]\nid = 'qwen3-0.6b'\nsize = 0", "size is 0"),
    ("[[model]]\nid = 'qwen3-0.6b'\ncontext = -1", "context is -1"),
    ("[[model]]\nid = 'qwen3-0.6b'\npath = 1", "key 'path': expected `str`"),
    ("[[model]]\nid = 'qwen3-0.6b'\nsha256 = 'ABC'", "sha256 is not 64 hex digits"),
    ("[[model]]\nid = 'qwen3-0.6b'\nrevision = 'main'", "revision is not 40 hex digits"),
    ("[[model]]\nid = 'qwen3-0.6b'\nsystem_role = 'no'", "system_role is 'no'"),
    ("[[model]]\nid = 'smollm2-135m'\nthink_open = '<x>'", "think_open and think_close do not come together"),
    ("[[model]]\nid = 'qwen3-0.6b'\nsampling_thinking = { top_p = 7 }", "top_p must be a number from 0 to 1, not 7"),
    (
        "[[model]]\nid = 'a'\nrepo='b/c'\nfile='d.gguf'\nwheels = [{ package='p', version='1', member='m' }]",
        "wheels without",
    ),
    ("[[model]]\nid = 'smollm2-135m'\nwheels = [{ package='-r', version='1', member='m' }]", "-r==1 names no package"),
    ("[[model]]\nid = 'smollm2-135m'\nwheels = [{ package='p', version='1' }]", "needs the key 'member' in wheels[0]"),
    ("model = 3", "'model' is not a list"),
    ("model = [3]", "entry 1: it is not a table"),
    ("[[model]]\nid = 'a'\nname = = 'b'", "is not valid TOML: Invalid value (at line 3, column 8)"),
]


@pytest.mark.parametrize(("text", "reason"), _WRONG, ids=[reason for _, reason in _WRONG])
def test_error_names_file_entry_and_key(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(CatalogueError) as caught:
        _with(tmp_path, text)
    assert reason in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "models.toml"))
    assert str(caught.value)[-1] in ".?"


def test_missing_catalogue_or_one_that_is_not_utf8_is_named(tmp_path: Path) -> None:
    user = tmp_path / "models.toml"
    user.write_bytes(b"\xff")
    with pytest.raises(CatalogueError, match="is not valid TOML"):
        load(SHIPPED, user)
    with pytest.raises(CatalogueError, match="cannot be read"):
        load(NOWHERE, user)
    with pytest.raises(CatalogueError, match="cannot be read"):
        load(SHIPPED, tmp_path)


# Naming a model


def test_id_is_found_in_either_case(catalogue: Catalogue) -> None:
    assert catalogue.find("QWEN3-0.6B") is catalogue.find("qwen3-0.6b")


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("smolm2-135m", "did you mean smollm2-135m"),
        ("qwen3.5", "did you mean qwen3.5-0.8b, qwen3.5-2b, qwen3.5-4b or qwen3.5-9b? See `duochat models`"),
        ("zzzz", "name an id from `duochat models`, a path to a .gguf file, or hf:owner/repo/file.gguf."),
        ("", "name an id from `duochat models`"),
        ("nul\0", "name an id from `duochat models`"),
    ],
)
def test_unknown_id_gets_the_nearest_ones(catalogue: Catalogue, name: str, hint: str) -> None:
    with pytest.raises(UnknownModel) as caught:
        catalogue.find(name)
    assert hint in str(caught.value)
    assert caught.value.status == 2


def test_model_by_path_has_the_facts_of_its_header(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = w.write(tmp_path / "Some-Name.gguf", tokenizer__chat_template="<think>")
    monkeypatch.chdir(tmp_path)
    expected = ModelSpec(
        id="Some-Name.gguf",
        name="Tiny",
        quant="Q4_K_M",
        file="Some-Name.gguf",
        size=file.stat().st_size,
        context=2048,
        thinks=True,
        path=file,
    )
    assert catalogue.find("Some-Name.gguf") == expected
    assert catalogue.find(str(file)).path == file
    file.rename(tmp_path / "no-ending")
    assert catalogue.find("no-ending").path == tmp_path / "no-ending"


def test_file_without_a_model_name_is_named_by_its_path(catalogue: Catalogue, tmp_path: Path) -> None:
    found = catalogue.find(str(w.write(tmp_path / "Some-Name.gguf", general__name=None)))
    assert (found.name, found.thinks) == ("Some-Name", False)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("none.gguf", "There is no file"),
        (".", "There is no model"),
        ("./", "is not a file"),
        ("~nobody-at-all/x", "home"),
    ],
)
def test_path_without_weights_is_refused(
    catalogue: Catalogue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, reason: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(UnknownModel, match=reason):
        catalogue.find(name)


def test_path_that_is_not_gguf_is_refused(catalogue: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "page.gguf").write_text("<html>")
    with pytest.raises(CatalogueError, match=r"page\.gguf is not a GGUF file: it starts with b'<html>'"):
        catalogue.find(str(tmp_path / "page.gguf"))


def test_file_on_the_hub_may_be_in_a_folder(catalogue: Catalogue) -> None:
    name = "hf:owner/repo/Q5/model-Q5_K_M.gguf"
    assert catalogue.find(name) == ModelSpec(
        id=name, name="model-Q5_K_M", quant="Q5_K_M", repo="owner/repo", file="Q5/model-Q5_K_M.gguf"
    )


def test_hub_file_in_the_catalogue_is_that_model(catalogue: Catalogue) -> None:
    known = catalogue.find("gemma-3-1b")
    assert catalogue.find(f"hf:{known.repo}/{known.file}") is known


@pytest.mark.parametrize(
    "rest",
    [
        "owner",
        "owner/repo",
        "owner/repo/",
        "owner/repo/readme.md",
        "owner/repo/../x.gguf",
        "owner/repo/a//x.gguf",
        "owner/repo//x.gguf",
        "../repo/x.gguf",
        "owner/../x.gguf",
        "owner/re--po/x.gguf",
        "owner/repo/a\\x.gguf",
        "owner/repo/\x1b]52;c;eA==\x07.gguf",
        "owner/\x1b[2J/x.gguf",
        "owner/repo/\u202ex.gguf",
        "owner/repo/" + "x" * 300 + ".gguf",
        "o" * 300 + "/repo/x.gguf",
        "owner/repo/CON.gguf",
        "owner/repo/aux/x.gguf",
        "owner/repo/x /y.gguf",
        "nul/repo/x.gguf",
        "owner/repo/[link=x].gguf?",
    ],
)
def test_hostile_or_incomplete_hub_name_is_refused_in_printable_text(catalogue: Catalogue, rest: str) -> None:
    with pytest.raises(UnknownModel) as caught:
        catalogue.find(f"hf:{rest}")
    message = str(caught.value)
    assert message.isprintable()
    assert len(message) < 300
    assert message.endswith(". Write hf:owner/repo/file.gguf.")


@pytest.mark.parametrize("name", ["http://127.0.0.1:8080/v1#m", "HTTPS://host/v1#a/b"])
def test_endpoint_is_refused_with_the_supported_forms(catalogue: Catalogue, name: str) -> None:
    with pytest.raises(CatalogueError, match="endpoints are not supported yet: name an id"):
        catalogue.find(name)
