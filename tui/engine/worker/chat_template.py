"""The text that a chat template makes of a conversation, with control tokens that users typed kept as text."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from hashlib import sha256
from typing import Any, Protocol

from tui.chat.conversation import Message, Role, Setup
from tui.chat.reasoning import BRACKETS, KNOWN
from tui.engine.worker.template_renderer import Renderer, TemplateError
from tui.engine.worker.thinking_switch import Switch, switches

OPEN, CLOSE = "\ud800", "\udfff"
"""Around text whose control tokens are none. Half surrogate pairs stand in no text, so nobody can write them."""

_TAGS = tuple(tag for tags in KNOWN for tag in (tags.open, tags.close))
"""What templates look for in an earlier answer, to drop what stands before it; where a text holds it, it is text."""

_QUESTION = Message(Role.USER, "Qx7question")
_SYSTEM = Message(Role.SYSTEM, "Qx7system")
_ANSWER = Message(Role.ASSISTANT, "Qx7answer", "Qx7thought")


class Names(Protocol):
    """What templates need to know of a vocabulary."""

    @property
    def controls(self) -> tuple[str, ...]:
        """The texts of tokens that only the template may write."""
        ...

    @property
    def begin_text(self) -> str:
        """The template's `bos_token`."""
        ...

    @property
    def end_text(self) -> str:
        """The template's `eos_token`."""
        ...


class Writer:
    """Writes conversations by one template; foreign control tokens in them are fenced off."""

    def __init__(self, template: str, names: Names, renderer: Renderer) -> None:
        self._template = template
        self._names = names
        self._renderer = renderer
        self._switches: dict[str, Switch | None] = {}
        self.takes_system = True

    def try_out(self) -> str:
        """Finds out what the template can do; a question's text, or TemplateError when it can render none."""
        text = self._rendered([_given(_QUESTION)], {})
        if _QUESTION.text not in text:
            raise TemplateError("it leaves the question out")
        self.takes_system = _SYSTEM.text in self._tried([_given(_SYSTEM), _given(_QUESTION)], {})
        return text

    def write(self, messages: Sequence[Message], setup: Setup) -> tuple[str, bool]:
        """The conversation's text, and whether the user switched thinking to no effect; TemplateError when refused."""
        override = setup.think_default if setup.think is None else setup.think
        switch = None if override is None else self._switch(setup.think_switch)
        text = self._written(messages, switch, think=bool(override))
        if setup.think is None:
            return text, False
        return text, switch is None or text == self._written(messages, switch, think=not override)

    def fenced(self, text: str) -> str:
        """`text`, its inner part fenced off if there is a control token in it; white space stays for the template."""
        if not any(control in text for control in self._names.controls):
            return text
        before, core, after = _parts(text)
        return f"{before}{OPEN}{core}{CLOSE}{after}"

    def fenced_between_tags(self, answer: str) -> str:
        """The same for raw output, whose thinking tags are what the template would write around its parts."""
        parts = re.split(f"({'|'.join(map(re.escape, _TAGS))})", answer)
        return "".join(part if index % 2 else self.fenced(part) for index, part in enumerate(parts))

    def _written(self, messages: Sequence[Message], switch: Switch | None, *, think: bool) -> str:
        messages = messages if switch is None else switch.say(messages, think)
        messages = messages if self.takes_system else _folded(messages)
        marks: dict[str, str] = {}
        given = [self._as_given(self._marked(each, marks)) for each in messages]
        text = self._rendered(given, {} if switch is None else switch.set(think))
        for mark, foreign in marks.items():
            text = text.replace(mark, foreign)
        return text

    def _switch(self, named: str) -> Switch | None:
        """The first way to switch thinking that makes a difference to a question."""
        if named not in self._switches:
            self._switches[named] = next(filter(self._matters, switches(self._template, named)), None)
        return self._switches[named]

    def _matters(self, way: Switch) -> bool:
        on, off = (
            self._tried([_given(each) for each in way.say([_QUESTION], think)], way.set(think))
            for think in (True, False)
        )
        return on != off

    @cached_property
    def _takes_chunks(self) -> bool:
        """Whether the template wants an answer's thinking as a chunk of its content, as Mistral's do."""
        if BRACKETS.open not in self._template:
            return False
        return str(_ANSWER.thinking) in self._tried([_given(_QUESTION), _in_chunks(_ANSWER), _given(_QUESTION)], {})

    def _as_given(self, message: Message) -> Mapping[str, Any]:
        return _in_chunks(message) if message.thinking and self._takes_chunks else _given(message)

    def _marked(self, message: Message, marks: dict[str, str]) -> Message:
        """The message with marks in place of what its template must not see: fences, and tags that are text."""
        thinking = None if message.thinking is None else self._mark(message.thinking, marks)
        return replace(message, text=self._mark(message.text, marks), thinking=thinking)

    def _mark(self, text: str, marks: dict[str, str]) -> str:
        fenced = self.fenced(text)
        if fenced == text and not any(tag in text for tag in _TAGS):
            return text
        before, core, after = _parts(text)
        mark = f"Qx{sha256(core.encode()).hexdigest()}"
        marks[mark] = fenced.strip()
        return before + mark + after

    def _rendered(self, given: Sequence[Mapping[str, Any]], variables: Mapping[str, Any]) -> str:
        texts = {"bos_token": self._names.begin_text, "eos_token": self._names.end_text}
        return self._renderer.render(self._template, given, {**texts, **variables})

    def _tried(self, given: Sequence[Mapping[str, Any]], variables: Mapping[str, Any]) -> str:
        """The same, or "" where the template refuses it."""
        try:
            return self._rendered(given, variables)
        except TemplateError:
            return ""


def _given(message: Message) -> dict[str, Any]:
    """The message in templates' terms; thinking stands apart, so that the template itself keeps it or drops it."""
    thinking = {"reasoning_content": message.thinking, "thinking": message.thinking} if message.thinking else {}
    return {"role": message.role.value, "content": message.text, **thinking}


def _in_chunks(message: Message) -> dict[str, Any]:
    chunks = [{"type": "thinking", "thinking": message.thinking}, {"type": "text", "text": message.text}]
    return {"role": message.role.value, "content": chunks}


def _parts(text: str) -> tuple[str, str, str]:
    """The white space before a text, its core, and the white space after it."""
    core = text.strip()
    before, _, after = text.partition(core)
    return before, core, after


def _folded(messages: Sequence[Message]) -> list[Message]:
    """The messages with the system text in front of the first question."""
    systems = [each.text for each in messages if each.role is Role.SYSTEM]
    rest = [each for each in messages if each.role is not Role.SYSTEM]
    return [Message(rest[0].role, "\n\n".join([*systems, rest[0].text])), *rest[1:]] if rest else []
