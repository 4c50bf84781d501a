"""One model of the catalogue: what is known before its weights are opened."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from tui.chat.reasoning import Tags

if TYPE_CHECKING:
    from tui.chat.conversation import ModelInfo
    from tui.chat.generation_settings import GenerationSettings, Overrides


class Wheel(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A wheel of the Python package index that holds (a part of) the weights as its file `member`."""

    package: str
    version: str
    member: str


class SamplingValues(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The maker's sampling values; None for those that the maker does not name."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    min_p: float | None = None
    presence_penalty: float | None = None
    repeat_penalty: float | None = None

    def given(self) -> dict[str, float]:
        """Return the values that the maker names."""
        return {name: value for name, value in msgspec.structs.asdict(self).items() if value is not None}


class ModelSpec(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An entry of the catalogue, or a model named by path or by `hf:`; unknown facts are None.

    `size` is in bytes, `sha256` in hex, `context` the model's maximum in tokens, `country` the maker's. `path` is set
    only if the user named a file on this disk.
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
        """The default context in tokens: 8,192 for a thinking model, else 4,096, at most the model's."""
        usual = 8192 if self.thinks else 4096
        return min(usual, self.context) if self.context else usual

    @property
    def default_max_tokens(self) -> int:
        """The default limit of an answer in tokens: 4,096 for a thinking model, else 1,024."""
        return 4096 if self.thinks else 1024

    @property
    def tags(self) -> Tags | None:
        """The catalogue's thinking tags, or None to take them from the chat template."""
        if self.think_open is None or self.think_close is None:
            return None
        return Tags(self.think_open, self.think_close, self.answer_open or "", self.answer_close or "")

    @property
    def think_default(self) -> bool | None:
        """The thinking switch for the chat template unless the user sets it; a file's default may not be the maker's.

        None for a model whose switch is a reasoning effort: its own default counts.
        """
        return None if self.think_switch == "reasoning_effort" else self.thinks_default

    def model_info(self) -> "ModelInfo":
        """Return the model's facts for a conversation, before it is loaded."""
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
        """Return the settings: the user's overrides, then the maker's values, then those of the `gguf` file."""
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
