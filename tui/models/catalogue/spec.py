"""Owns what duochat knows of one model before its weights are opened."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tui.chat.reasoning import Tags

if TYPE_CHECKING:
    from tui.chat.conversation import ModelInfo
    from tui.chat.generation_settings import GenerationSettings, Overrides


class Wheel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wheel of the Python package index that carries (a part of) the weights as its file `member`."""

    package: str
    version: str
    member: str


class SamplingValues(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The maker's sampling values; None for what the maker does not say."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    presence_penalty: float | None = None
    repeat_penalty: float | None = None

    def given(self) -> dict[str, float]:
        """The values that the maker states, by name."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}


class ModelSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One entry of the catalogue, or a stand-in for a model named by path or by `hf:`; unknown facts are None.

    `size` is in bytes, `sha256` in hex, `context` in tokens (what the model was made for), `country` the maker's seat.
    `path` is set only where the user named a file on this disk.
    """

    id: str
    name: str
    maker: str = ""
    country: str = ""
    family: str = ""
    params: str = ""
    quant: str = ""
    repo: str | None = None
    file: str
    size: int | None = None
    sha256: str | None = None
    revision: str | None = None
    license: str = ""
    license_note: str = ""
    context: int | None = None
    thinks: bool = False
    thinks_default: bool | None = None
    think_always: bool = False
    think_open: str | None = None
    think_close: str | None = None
    answer_open: str | None = None
    answer_close: str | None = None
    think_switch: str | None = None
    system_role: str = "yes"
    sampling: SamplingValues = SamplingValues()
    sampling_thinking: SamplingValues = SamplingValues()
    wheels: tuple[Wheel, ...] = ()
    path: Path | None = None

    @property
    def default_context(self) -> int:
        """Tokens of context unless the user sets another number: 8,192 for a thinking model, else 4,096."""
        usual = 8192 if self.thinks else 4096
        return min(usual, self.context) if self.context else usual

    @property
    def default_max_tokens(self) -> int:
        """Where an answer ends unless the user sets another number: 4,096 for a thinking model, else 1,024."""
        return 4096 if self.thinks else 1024

    @property
    def tags(self) -> Tags | None:
        """The thinking format that the catalogue names, or None to read it off the chat template."""
        if self.think_open is None or self.think_close is None:
            return None
        return Tags(self.think_open, self.think_close, self.answer_open or "", self.answer_close or "")

    @property
    def think_default(self) -> bool | None:
        """What the chat template is told unless the user says something: a file's own default may not be the maker's.

        None for a model that is told how much to think: that is the maker's to choose.
        """
        return None if self.think_switch == "reasoning_effort" else self.thinks_default

    def model_info(self) -> "ModelInfo":
        """The model as it stands in a conversation before it is loaded."""
        from tui.chat.conversation import ModelInfo, Weights

        return ModelInfo(
            model=self.id,
            name=self.name,
            maker=self.maker,
            country=self.country,
            license=self.license,
            quant=self.quant,
            weights=Weights(self.repo, self.file, self.size or 0, self.sha256 or ""),
        )

    def settings(self, overrides: "Overrides", gguf: Mapping[str, float]) -> "GenerationSettings":
        """What the model is asked under: the user's wishes over the maker's values, and those of its file over none."""
        from tui.chat.generation_settings import GenerationSettings

        return GenerationSettings(
            overrides=overrides,
            max_tokens=self.default_max_tokens,
            thinks=self.thinks and (self.think_always or self.thinks_default is not False),
            think_switch=self.think_switch or "enable_thinking",
            think_default=self.think_default,
            tags=self.tags,
            catalogue=self.sampling.given(),
            catalogue_thinking=self.sampling_thinking.given(),
            gguf=gguf,
        )
