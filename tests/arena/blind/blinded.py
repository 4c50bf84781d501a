"""Answers as a blind user sees them."""

from collections.abc import Iterable

from tui.arena.blind.masking import MARK, masked

STARTERS = ("Qwen2.5 Coder 0.5B", "Alibaba (Qwen)", "SmolLM2 135M", "Hugging Face")
WESTERN_AND_CHINESE = ("Phi-4 mini", "Microsoft", "GLM-4 9B 0414", "Zhipu AI (Z.ai)")


def hidden(text: str, participants: Iterable[str] = STARTERS, question: str = "") -> tuple[str, bool]:
    """Return `text` as a blind user sees it, "X" for each masked name, and whether a name was masked."""
    one = masked(text, participants, question)
    return one.text.replace(MARK, "X"), one.named
