"""Readers of a loaded model's logits. They import NumPy when they are first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.chat.reasoning import Tags
    from tui.engine.worker.context import Log, Model
    from tui.engine.worker.prompt import Prompter
    from tui.engine.worker.quant_comparison import Contraster
    from tui.engine.worker.scoring import Scorer


@dataclass
class Readers:
    """Both readers of one model, with a memory of `size` tokens."""

    model: Model
    size: int
    prompter: Prompter
    tags: Tags | None
    log: Log

    @cached_property
    def scorer(self) -> Scorer:
        """Tells how likely a text is."""
        from tui.engine.worker.scoring import Scorer  # noqa: PLC0415

        return Scorer(self.model, self.size, self.prompter, self.tags, self.log)

    @cached_property
    def contraster(self) -> Contraster:
        """Tells where two models part."""
        from tui.engine.worker.quant_comparison import Contraster  # noqa: PLC0415

        return Contraster(self.model, self.size, self.prompter, self.log)
