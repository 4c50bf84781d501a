"""The generation settings of a side, and the user's overrides."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from tui.chat.conversation import Conversation, Setup, Side
from tui.chat.reasoning import Tags
from tui.chat.sampling import Source, resolve

THINK_IGNORED = "Its chat template has no switch for thinking here: switching it on or off changed nothing."
"""What to say where the user switched thinking and the prompt is the same all the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrides:
    """What the user set for a side; None, or a missing name in `sampling`, leaves it to the model's maker."""

    system: str | None = None
    think: bool | None = None
    think_budget: int | None = None
    max_tokens: int | None = None
    context: int | None = None
    sampling: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class GenerationSettings:
    """A side's generation settings: the user's overrides over the maker's values, for thinking on and off.

    `thinks` is whether the model thinks when `think` is None, `think_default` what the chat template is told then;
    `catalogue` and `catalogue_thinking` are the maker's sampling values for those two cases, `gguf` the file's own.
    """

    overrides: Overrides
    max_tokens: int
    thinks: bool = False
    think_switch: str = "enable_thinking"
    think_default: bool | None = None
    tags: Tags | None = None
    catalogue: Mapping[str, float] = field(default_factory=dict)
    catalogue_thinking: Mapping[str, float] = field(default_factory=dict)
    gguf: Mapping[str, float] = field(default_factory=dict)

    def setup(self, seed: int) -> Setup:
        """Return the conditions of one answer; `seed` is used unless the user named one."""
        thinking = self.thinks if self.overrides.think is None else self.overrides.think
        maker = self.catalogue_thinking if thinking and self.catalogue_thinking else self.catalogue
        return Setup(
            sampling=resolve(seed=seed, user=self.overrides.sampling, catalogue=maker, gguf=self.gguf),
            max_tokens=self.overrides.max_tokens or self.max_tokens,
            system=self.overrides.system,
            think=self.overrides.think,
            think_switch=self.think_switch,
            tags=self.tags,
            think_default=self.think_default,
            think_budget=self.overrides.think_budget,
        )


def overrides_in(conversation: Conversation, side: Side) -> Overrides:
    """Return what the user wished of `side` when it was last asked, to go on under the same conditions."""
    answers = (exchange.answers.get(side) for exchange in reversed(conversation.exchanges))
    last = next((answer.setup for answer in answers if answer is not None), None)
    if last is None:
        return Overrides()
    choices = last.sampling.choices().items()
    return Overrides(
        system=last.system,
        think=last.think,
        think_budget=last.think_budget,
        max_tokens=last.max_tokens,
        sampling={name: choice.value for name, choice in choices if choice.source is Source.USER},
    )
