"""Comparison of two quants of one model in one worker."""

import json
import math
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import gguf
import numpy as np
import pytest

from tests import tiny
from tests.engine.asking import ONE, ask, loaded, plain, setup
from tests.engine.worker.test_scoring import TEXT
from tests.requantized import requantized
from tui.chat.events import Failed, Loading
from tui.chat.scores import Contrast, ContrastEvent, Diverged, Divergence, Done, Parted, Passage, Scored
from tui.engine.process.fallback import FallbackEngine

REFERENCE = """
import json, math, sys
import llama_cpp.llama_cpp as lib
from llama_cpp import Llama
defaults = lib.llama_model_default_params
def without_extra_buffers():
    params = defaults()
    params.use_extra_bufts = False
    return params
lib.llama_model_default_params = without_extra_buffers
def rows(path, text, size):
    model = Llama(path, n_ctx=size, n_batch=size, logits_all=True, flash_attn=False, verbose=False)
    tokens = model.tokenize(text, add_bos=False)
    found = []
    for at in range(0, len(tokens) - size + 1, size):
        model.reset()
        model.eval(tokens[at : at + size])
        found += [row.astype(float) for row in model.scores[size // 2 : size - 1]]
    return found
def log_probs(row):
    top = row.max()
    total = math.fsum(math.exp(each - top) for each in row)
    return [each - top - math.log(total) for each in row]
text = sys.stdin.buffer.read()
pairs = zip(rows(sys.argv[1], text, 64), rows(sys.argv[2], text, 64))
found = [(log_probs(one), log_probs(two)) for one, two in pairs]
print(json.dumps([
    (math.fsum(math.exp(p) * (p - q) for p, q in zip(one, two)), one.index(max(one)) == two.index(max(two)))
    for one, two in found
]))
"""
"""The same figures by llama-cpp-python's own class and plain arithmetic."""


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny.write(tmp_path_factory.mktemp("models") / "f16.gguf", context=2048)


@pytest.fixture(scope="module")
def quant(model: Path) -> Path:
    return requantized(model, model.with_name("q4_0.gguf"), gguf.GGMLQuantizationType.Q4_0)


def reference(one: Path, two: Path) -> list[tuple[float, bool]]:
    """Return the divergence at each counted token, and whether both models have the same likeliest token."""
    command = (sys.executable, "-c", REFERENCE, str(one), str(two))
    said = subprocess.run(command, input=TEXT.encode(), stdout=subprocess.PIPE, check=True).stdout
    found: list[tuple[float, bool]] = json.loads(said)
    return found


def encoder(path: Path) -> Path:
    """Write a model that cannot generate text, and return `path`."""
    writer = gguf.GGUFWriter(path, "t5encoder")
    width, tokens = 32, ["<s>", "a", "</s>", "aa"]
    writer.add_context_length(64)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(width)
    writer.add_head_count(1)
    writer.add_key_length(width)
    writer.add_value_length(width)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_relative_attn_buckets_count(8)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(tokens)
    writer.add_token_merges(["a a"])
    shapes: dict[str, tuple[int, ...]] = {"token_embd": (len(tokens), width), "enc.output_norm": (width,)}
    shapes |= {"enc.blk.0.attn_rel_b": (8, 1), "enc.blk.0.attn_norm": (width,), "enc.blk.0.ffn_norm": (width,)}
    for name in ("attn_q", "attn_k", "attn_v", "attn_o", "ffn_down", "ffn_up"):
        shapes[f"enc.blk.0.{name}"] = (width, width)
    for name, shape in shapes.items():
        writer.add_tensor(f"{name}.weight", np.zeros(shape, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def spoiled(model: Path, target: Path, name: str, row: int | None = None) -> Path:
    """Write `model` to `target` with NaN in a matrix, or in one row of it, and return `target`."""
    target.write_bytes(model.read_bytes())
    (matrix,) = (tensor for tensor in gguf.GGUFReader(target, "r+").tensors if tensor.name == name)
    matrix.data[row] = np.nan
    return target


def mapped(engine: FallbackEngine) -> str:
    """Return the memory map of the engine's worker, with file names."""
    return Path(f"/proc/{engine.pid}/maps").read_text()


async def events_of(
    engine: FallbackEngine, other: Path, text: str = TEXT, prompts: Sequence[str] = (), max_tokens: int = 8
) -> list[ContrastEvent]:
    wanted = Contrast(Passage(text, 64), tuple(prompts), setup(max_tokens))
    return [event async for event in engine.contrast(other, wanted, ONE)]


def divergences(events: Sequence[ContrastEvent]) -> list[Divergence]:
    assert events[-1] == Done(), events[-1]
    return [each for event in events if isinstance(event, Diverged) for each in event.tokens]


async def failure_of(engine: FallbackEngine, other: Path, text: str = TEXT) -> Failed:
    last = (await events_of(engine, other, text))[-1]
    assert isinstance(last, Failed)
    assert not last.fatal
    return last


async def test_model_does_not_diverge_from_itself(model: Path) -> None:
    async with loaded(model) as engine:
        events = await events_of(engine, model, prompts=["hi"])
    found = divergences(events)
    assert {each.nats for each in found} == {0.0}
    assert all(each.agree and each.log_probs[0] == each.log_probs[1] for each in found)
    (parted,) = (event for event in events if isinstance(event, Parted))
    assert parted.tokens is None
    assert parted.same == 8
    assert any(isinstance(event, Loading) for event in events)


async def test_divergence_equals_that_of_the_distributions(model: Path, quant: Path) -> None:
    expected = reference(model, quant)
    async with loaded(model, extra_buffers=plain) as engine:
        found = divergences(await events_of(engine, quant))
        *scored, _ = [event async for event in engine.score(Passage(TEXT, 64), ONE)]
    assert len(found) == len(expected) > 100
    assert [each.agree for each in found] == [agree for _, agree in expected]
    assert [each.nats for each in found] == pytest.approx([nats for nats, _ in expected], rel=1e-3, abs=1e-6)
    assert math.fsum(each.nats for each in found) > 0.1
    alone = [score for each in scored if isinstance(each, Scored) for score in each.tokens]
    assert [each.log_probs[0] for each in found] == pytest.approx([each.log_prob for each in alone], abs=1e-4)
    assert [(each.start, each.end) for each in found] == [(each.start, each.end) for each in alone]


async def test_likeliest_answers_differ_where_two_replies_do(model: Path, quant: Path) -> None:
    prompts = ["hi", "and then?", "a longer question, if you please"]
    async with loaded(model, extra_buffers=plain) as engine, loaded(quant, extra_buffers=plain) as other:
        answers = [[(await ask(each, text, max_tokens=24)).text for each in (engine, other)] for text in prompts]
        events = await events_of(engine, quant, prompts=prompts, max_tokens=24)
    parted = [event for event in events if isinstance(event, Parted)]
    assert [each.prompt for each in parted] == prompts
    assert [each.tokens is None for each in parted] == [one == two for one, two in answers]
    assert any(each.tokens for each in parted)


async def test_first_difference_names_both_tokens(tmp_path: Path) -> None:
    one = tiny.write(tmp_path / "one.gguf", script={"\n": ["Hello", " you"]}, words=["again"])
    two = tiny.write(tmp_path / "two.gguf", script={"\n": ["Hello"]}, words=[" you", "again"])
    async with loaded(one) as engine:
        events = await events_of(engine, two, prompts=["hi"])
    assert [event for event in events if isinstance(event, Parted)] == [Parted("hi", 1, "Hello", (" you", ""))]


async def test_comparison_leaves_the_conversation_alone(model: Path, quant: Path) -> None:
    async with loaded(model) as engine:
        before = await ask(engine, "hi", max_tokens=8)
        divergences(await events_of(engine, quant, prompts=["hi"]))
        divergences(await events_of(engine, quant))
        assert (await ask(engine, "hi", max_tokens=8)).text == before.text


async def test_different_vocabularies_are_refused(model: Path, tmp_path: Path) -> None:
    other = tiny.write(tmp_path / "other.gguf", words=["straw"])
    async with loaded(model) as engine:
        failed = await failure_of(engine, other)
    assert "different vocabularies" in failed.message


async def test_refused_comparison_is_one_sentence(model: Path, tmp_path: Path) -> None:
    junk = tmp_path / "junk.gguf"
    junk.write_bytes(b"GGUF" + bytes(100))
    async with loaded(model) as engine:
        assert "not on this disk" in (await failure_of(engine, tmp_path / "gone.gguf")).message
        assert "cannot be loaded" in (await failure_of(engine, junk)).message
        assert "no text to read" in (await failure_of(engine, model, text="")).message
        last = (await events_of(engine, model, prompts=["x" * 600]))[-1]
    assert isinstance(last, Failed)
    assert "the context holds 512" in last.message


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has /proc")
async def test_model_that_cannot_write_is_refused_and_unmapped(model: Path, tmp_path: Path) -> None:
    reader = encoder(tmp_path / "reader.gguf")
    async with loaded(model) as engine:
        assert "not a model that writes text" in (await failure_of(engine, reader)).message
        held = mapped(engine)
    assert model.name in held
    assert reader.name not in held


async def test_failure_names_the_model_that_computes_no_numbers(model: Path, tmp_path: Path) -> None:
    broken = spoiled(model, tmp_path / "broken.gguf", "output.weight")
    async with loaded(model) as engine:
        second = (await failure_of(engine, broken)).message
    async with loaded(broken) as engine:
        first = (await failure_of(engine, model)).message
    step = "model computes no numbers; fetch its weights again or choose another model."
    assert (first, second) == (f"The first {step}", f"The second {step}")


async def test_model_that_computes_no_numbers_for_a_prompt_fails(model: Path, tmp_path: Path) -> None:
    start = tiny.CONTROLS.index("<|im_start|>")
    broken = spoiled(model, tmp_path / "broken.gguf", "token_embd.weight", start)
    async with loaded(model) as engine:
        events = await events_of(engine, broken, prompts=["hi"])
    assert any(isinstance(event, Diverged) for event in events)
    assert not any(isinstance(event, Parted) for event in events)
    assert isinstance(events[-1], Failed)
    assert "The second model computes no numbers" in events[-1].message


async def test_comparison_stops(model: Path) -> None:
    async with loaded(model) as engine:
        events = engine.contrast(model, Contrast(Passage(TEXT * 20, 64), (), setup()), ONE)
        async for event in events:
            if isinstance(event, Diverged):
                break
        await engine.stop()
        assert [event async for event in events][-1] == Done(stopped=True)
