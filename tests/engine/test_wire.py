"""Requests and events survive the wire, and invalid lines are refused."""

import pytest

from tests.engine.asking import ONE, setup
from tui.chat.conversation import FinishReason, Message, Role, Usage
from tui.chat.events import Delta, Failed, Finished, Loaded, Loading, Prefill, Recast
from tui.chat.reasoning import Tags
from tui.chat.scores import Continuation, Contrast, Diverged, Divergence, Done, Parted, Passage, Scored, TokenScore
from tui.engine.cores import Threads
from tui.engine.steering import Steering
from tui.engine.wire import (
    Alive,
    Compare,
    Event,
    Load,
    Reply,
    Request,
    ScoreContinuation,
    ScorePassage,
    SetThreads,
    Stop,
    WireError,
    decode_event,
    decode_request,
    encode_event,
    encode_request,
)

USAGE = Usage(prompt_tokens=3, reused_tokens=1, completion_tokens=2, started_ms=0.5, ended_ms=9, threads=2, first_ms=4)


@pytest.mark.parametrize(
    "event",
    [
        Loading(),
        Loading(0.5),
        Loaded(engine="llama.cpp", context=4096, template_sha256="ab", load_ms=1.5, notes=("a", "b")),
        Prefill(1, 2, 3, 4),
        Delta("猫😀\n\x1b", thinking=True, tokens=7),
        Recast(),
        Finished(FinishReason.STOPPED, USAGE),
        Scored((TokenScore(0, 3, -1.5), TokenScore(3, 4, 0.0)), 2, 9),
        Diverged((Divergence(0, 3, 0.25, False, (-1.0, -2.5)),), 2, 9),
        Parted("猫?", 3, "one two", ("\x1b", "")),
        Parted("猫?", 3, "one two", None),
        Done(),
        Done(stopped=True),
        Failed("no\nway", fatal=False),
        Alive(),
    ],
)
def test_event_survives_the_wire(event: Event) -> None:
    line = encode_event(5, event)
    assert line.count(b"\n") == 1
    assert decode_event(line) == (5, event)


@pytest.mark.parametrize(
    "request_",
    [
        Load(1, b"/models/\xff\n.gguf", 4096),
        Reply(2, (Message(Role.USER, "猫\n"),), setup(think=True, tags=Tags("<a>", "</a>")), Threads(2, 2)),
        Reply(3, (Message(Role.USER, "on and on"),), setup(), ONE, Steering(ignore_end=True, reuse=3, stop_after=0)),
        ScorePassage(4, Passage("猫\n", 64), ONE),
        ScoreContinuation(5, Continuation((Message(Role.USER, "猫"),), setup(think=False), "yes"), ONE),
        Compare(6, b"/models/\xff.gguf", Contrast(Passage("猫"), ("a", "b"), setup()), ONE),
        SetThreads(Threads(3, 4, steady=True)),
        Stop(4),
    ],
)
def test_request_survives_the_wire(request_: Request) -> None:
    line = encode_request(request_)
    assert line.count(b"\n") == 1
    assert decode_request(line) == request_


def test_lone_surrogate_becomes_a_replacement_character() -> None:
    request = Reply(1, (Message(Role.USER, "a\udcffb\ud83d\ude00"),), setup(), ONE)
    decoded = decode_request(encode_request(request))
    assert isinstance(decoded, Reply)
    assert decoded.messages[0].text == "a\ufffdb😀"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"llama_model_loader: loaded meta data\n",
        b'{"version":2,"number":1,"name":"Recast","event":{}}\n',
        b'{"version":1,"number":1,"name":"Delta","event":{}}\n',
        b'{"version":1,"number":1,"name":"Gone","event":{}}\n',
        b'{"version":1,"number":1,"name":"Delta","event":{"text":"a\n',
        b"\xff\xfe\n",
        b"[" * 200_000,
    ],
)
def test_invalid_line_is_refused(line: bytes) -> None:
    with pytest.raises(WireError):
        decode_event(line)
