"""`duochat quants` on tiny models: two quants of one model, a model and itself, and models that cannot be compared."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gguf
import pytest

from tests import tiny
from tests.cli.test_views import consoles
from tests.end_to_end.conftest import environ_for, run
from tests.engines import engine as started
from tests.models.gguf.cached import flip
from tests.requantized import requantized
from tests.scripted import ScriptedEngine
from tui.archive.store import Archive
from tui.chat.conversation import Side
from tui.cli.quants import compare_quants
from tui.engine.cores import Cores
from tui.engine.process.fallback import FallbackEngine
from tui.errors import UserError
from tui.models.catalogue.spec import ModelSpec
from tui.session.memory_check import MemoryCheck
from tui.session.preload import Preloader
from tui.session.prepare import Preparer
from tui.session.quant_comparison import OWN, Over


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "f16.gguf", context=4096)


@pytest.fixture(scope="module")
def quant(model: Path) -> Path:
    return requantized(model, model.with_name("q4_0.gguf"), gguf.GGMLQuantizationType.Q4_0)


@pytest.fixture(scope="module")
def broken(model: Path) -> Path:
    half = model.with_name("broken.gguf")
    half.write_bytes(model.read_bytes()[: model.stat().st_size // 2])
    return half


@pytest.fixture
def preparer(tmp_path: Path) -> Iterator[Preparer]:
    archive = Archive.open(tmp_path / "archive.db")
    memory_check = MemoryCheck(environ={}, available=lambda: 2**40)
    preloader = Preloader(memory_check, lambda *_: ScriptedEngine())
    yield Preparer(environ={}, archive=archive, memory_check=memory_check, preloader=preloader, cores=Cores(2))
    archive.close()


def engine(path: Path, context: int, _: bool | None) -> FallbackEngine:
    return started(path, context)


async def compared(preparer: Preparer, left: Path, right: Path, *, as_json: bool = False, prompts: int = 3) -> str:
    """Return what is printed for two files."""
    named = {Side.LEFT: left, Side.RIGHT: right}
    specs = {side: ModelSpec(id=f"m-{side}", name=f"[{side}]", file=at.name, path=at) for side, at in named.items()}
    out, err, said, _ = consoles(terminal=False)
    status = await compare_quants(
        preparer,
        specs,
        engine,
        Cores(2),
        Over(text=OWN.text[:1500], prompts=OWN.prompts[:prompts], max_tokens=16),
        out=out,
        err=err,
        as_json=as_json,
    )
    assert status == 0
    return said.getvalue()


async def test_file_that_changes_after_verification_is_refused(preparer: Preparer, tmp_path: Path) -> None:
    path = tiny.write(tmp_path / "m.gguf", context=4096)
    sha256 = hashlib.sha256(path.read_bytes()).hexdigest()
    specs = {side: ModelSpec(id=side.value, name="M", file=path.name, path=path, sha256=sha256) for side in Side}
    out, err, _, _ = consoles(terminal=False)

    def late(path: Path, context: int, _: bool | None) -> FallbackEngine:
        flip(path)
        return engine(path, context, None)

    with pytest.raises(UserError, match="has a wrong checksum"):
        await compare_quants(preparer, specs, late, Cores(2), OWN, out=out, err=err, as_json=False)


async def test_two_quants_differ(preparer: Preparer, model: Path, quant: Path) -> None:
    document: dict[str, Any] = json.loads(await compared(preparer, model, quant, as_json=True))
    kl, answers = document["kl"], document["answers"]
    assert 0 < kl["median"] <= kl["mean"] <= kl["p99"] <= kl["max"]
    assert 0 < document["same_top"] < 1
    assert document["largest"][0]["kl"] == kl["max"]
    assert document["left"]["perplexity"] != document["right"]["perplexity"]
    assert (document["left"]["model"], document["right"]["file"]) == ("m-left", "q4_0.gguf")
    assert answers["prompts"] == len(answers["each"]) == 3
    assert answers["parted"] == sum(each["token"] is not None for each in answers["each"])
    assert answers["first_token"] == min(each["token"] for each in answers["each"] if each["token"])


async def test_model_does_not_differ_from_itself(preparer: Preparer, model: Path) -> None:
    said = await compared(preparer, model, model)
    assert "mean 0.00000, median 0.00000, 99 % 0.00000, largest 0.00000" in said
    assert "100.0%" in said
    assert "0 of 3 (0%)" in said
    assert "the same, 16 tokens" in said
    assert "they differ most at" not in said


async def test_output_names_the_first_token_that_differs(preparer: Preparer, tmp_path: Path) -> None:
    one = tiny.write(tmp_path / "one.gguf", script={"\n": ["Hello", " you"]}, words=["\x1b[2J"], context=4096)
    two = tiny.write(tmp_path / "two.gguf", script={"\n": ["Hello"]}, words=[" you", "\x1b[2J"], context=4096)
    said = await compared(preparer, one, two, prompts=1)
    assert "[left] (one.gguf) and [right] (two.gguf)" in said
    assert "1 of 1 (100%), the first at token 2" in said
    assert "from token 2 on: ' you' and the end" in said
    assert "\x1b" not in said


async def test_without_prompts_only_the_text_is_compared(preparer: Preparer, model: Path) -> None:
    assert "answers" not in await compared(preparer, model, model, prompts=0)


async def test_different_vocabularies_are_an_error(preparer: Preparer, model: Path, tmp_path: Path) -> None:
    other = tiny.write(tmp_path / "other.gguf", words=["straw"])
    with pytest.raises(UserError, match="different vocabularies"):
        await compared(preparer, model, other)


async def test_damaged_weights_are_an_error(preparer: Preparer, model: Path, broken: Path) -> None:
    with pytest.raises(UserError, match=r"cannot be loaded|cut short"):
        await compared(preparer, broken, model)
    with pytest.raises(UserError, match=r"cannot be loaded|cut short"):
        await compared(preparer, model, broken)


def test_command_prints_one_document(tmp_path: Path, model: Path, quant: Path) -> None:
    text, prompts = tmp_path / "text.txt", tmp_path / "prompts.txt"
    text.write_text("One two three, one two three. " * 9)
    prompts.write_text("hi\n\nand then?\n")
    files = ("--text", str(text), "--prompts", str(prompts), "--max-tokens", "4", "--json")
    done = run(("quants", str(model), str(quant), *files), environ_for(tmp_path))
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert [each["prompt"] for each in document["answers"]["each"]] == ["hi", "and then?"]
    assert document["answers"]["max_tokens"] == 4


@pytest.mark.parametrize(
    ("arguments", "status", "complaint"),
    [
        (("only-one",), 2, "Missing argument 'RIGHT'"),
        (("{model}", "{model}", "--text", "/nowhere"), 2, "cannot be read"),
        (("{model}", "{model}", "--max-tokens", "0"), 2, "--max-tokens"),
        (("{model}", "{other}"), 1, "different vocabularies"),
    ],
)
def test_error_is_printed_with_its_status(
    tmp_path: Path, model: Path, arguments: tuple[str, ...], status: int, complaint: str
) -> None:
    other = tiny.write(tmp_path / "other.gguf", words=["straw"])
    named = [each.format(model=model, other=other) for each in arguments]
    done = run(("quants", *named), environ_for(tmp_path))
    assert done.returncode == status
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""
