"""A model's chat template applied to conversations; control tokens that users typed stay text."""

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
"""Fences around text whose control tokens are text. They are lone surrogates, which no message can contain."""

_TAGS = tuple(tag for tags in KNOWN for tag in (tags.open, tags.close))
"""Tags at which templates cut an earlier answer to drop its thinking; hidden where they are part of the text."""

_QUESTION = Message(Role.USER, "Qx7question")
_SYSTEM = Message(Role.SYSTEM, "Qx7system")
_ANSWER = Message(Role.ASSISTANT, "Qx7answer", "Qx7thought")


class SpecialTokens(Protocol):
    """The parts of a vocabulary that templates need."""

    @property
    def controls(self) -> tuple[str, ...]:
        """Return the texts of tokens that only the template may write."""
        ...

    @property
    def begin_text(self) -> str:
        """Return the template's `bos_token`."""
        ...

    @property
    def end_text(self) -> str:
        """Return the template's `eos_token`."""
        ...


class ChatTemplate:
    """One chat template; control tokens in the messages are fenced."""

    def __init__(self, template: str, special: SpecialTokens, renderer: Renderer) -> None:
        self._template = template
        self._special = special
        self._renderer = renderer
        self._switches: dict[str, Switch | None] = {}
        self.takes_system = True

    def check(self) -> str:
        """Find out what the template supports; return a rendered question, or raise TemplateError."""
        text = self._render([_as_dict(_QUESTION)], {})
        if _QUESTION.text not in text:
            raise TemplateError("it leaves the question out")
        self.takes_system = _SYSTEM.text in self._try([_as_dict(_SYSTEM), _as_dict(_QUESTION)], {})
        return text

    def write(self, messages: Sequence[Message], setup: Setup) -> tuple[str, bool]:
        """Return the text of the conversation, and whether the user switched thinking without any effect.

        Raises TemplateError where the template refuses the conversation.
        """
        think = setup.think_default if setup.think is None else setup.think
        switch = None if think is None else self._switch(setup.think_switch)
        text = self._write(messages, switch, think=bool(think))
        if setup.think is None:
            return text, False
        return text, switch is None or text == self._write(messages, switch, think=not think)

    def fenced(self, text: str) -> str:
        """Return `text` with fences inside its white space if it contains a control token.

        The white space stays outside because templates strip it.
        """
        if not any(control in text for control in self._special.controls):
            return text
        before, core, after = _split_white_space(text)
        return f"{before}{OPEN}{core}{CLOSE}{after}"

    def fenced_between_tags(self, answer: str) -> str:
        """Return raw output with fenced parts between its thinking tags, which the template would write itself."""
        parts = re.split(f"({'|'.join(map(re.escape, _TAGS))})", answer)
        return "".join(part if index % 2 else self.fenced(part) for index, part in enumerate(parts))

    def _write(self, messages: Sequence[Message], switch: Switch | None, *, think: bool) -> str:
        messages = messages if switch is None else switch.messages_for(messages, think)
        messages = messages if self.takes_system else _with_system_in_question(messages)
        hidden: dict[str, str] = {}
        dicts = [self._message_dict(self._hide(each, hidden)) for each in messages]
        text = self._render(dicts, {} if switch is None else switch.variables_for(think))
        for placeholder, original in hidden.items():
            text = text.replace(placeholder, original)
        return text

    def _switch(self, named: str) -> Switch | None:
        """Return the first way to switch thinking that changes the prompt of a question, or None."""
        if named not in self._switches:
            self._switches[named] = next(filter(self._has_effect, switches(self._template, named)), None)
        return self._switches[named]

    def _has_effect(self, switch: Switch) -> bool:
        on, off = (
            self._try([_as_dict(each) for each in switch.messages_for([_QUESTION], think)], switch.variables_for(think))
            for think in (True, False)
        )
        return on != off

    @cached_property
    def _takes_chunks(self) -> bool:
        """Return whether the template takes an answer's thinking as a chunk of its content, as Mistral's do."""
        if BRACKETS.open not in self._template:
            return False
        return str(_ANSWER.thinking) in self._try([_as_dict(_QUESTION), _in_chunks(_ANSWER), _as_dict(_QUESTION)], {})

    def _message_dict(self, message: Message) -> Mapping[str, Any]:
        return _in_chunks(message) if message.thinking and self._takes_chunks else _as_dict(message)

    def _hide(self, message: Message, hidden: dict[str, str]) -> Message:
        """Return the message with placeholders for parts that its template must not see: fences, and tags as text."""
        thinking = None if message.thinking is None else self._placeholder(message.thinking, hidden)
        return replace(message, text=self._placeholder(message.text, hidden), thinking=thinking)

    def _placeholder(self, text: str, hidden: dict[str, str]) -> str:
        fenced = self.fenced(text)
        if fenced == text and not any(tag in text for tag in _TAGS):
            return text
        before, core, after = _split_white_space(text)
        placeholder = f"Qx{sha256(core.encode()).hexdigest()}"
        hidden[placeholder] = fenced.strip()
        return before + placeholder + after

    def _render(self, messages: Sequence[Mapping[str, Any]], variables: Mapping[str, Any]) -> str:
        texts = {"bos_token": self._special.begin_text, "eos_token": self._special.end_text}
        return self._renderer.render(self._template, messages, {**texts, **variables})

    def _try(self, messages: Sequence[Mapping[str, Any]], variables: Mapping[str, Any]) -> str:
        """Return the rendered messages, or "" where the template refuses them."""
        try:
            return self._render(messages, variables)
        except TemplateError:
            return ""


def _as_dict(message: Message) -> dict[str, Any]:
    """Return the message as templates see it; thinking is separate, so that the template decides whether to keep it."""
    thinking = {"reasoning_content": message.thinking, "thinking": message.thinking} if message.thinking else {}
    return {"role": message.role.value, "content": message.text, **thinking}


def _in_chunks(message: Message) -> dict[str, Any]:
    chunks = [{"type": "thinking", "thinking": message.thinking}, {"type": "text", "text": message.text}]
    return {"role": message.role.value, "content": chunks}


def _split_white_space(text: str) -> tuple[str, str, str]:
    """Return the white space before a text, the text itself, and the white space after it."""
    core = text.strip()
    before, _, after = text.partition(core)
    return before, core, after


def _with_system_in_question(messages: Sequence[Message]) -> list[Message]:
    """Return the messages with the system text in front of the first question."""
    systems = [each.text for each in messages if each.role is Role.SYSTEM]
    rest = [each for each in messages if each.role is not Role.SYSTEM]
    return [Message(rest[0].role, "\n\n".join([*systems, rest[0].text])), *rest[1:]] if rest else []
