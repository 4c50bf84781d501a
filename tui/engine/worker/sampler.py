"""llama.cpp's samplers in a chain, which choose the next token."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from tui.chat.sampling import Sampling
from tui.engine.worker.binding import lib
from tui.engine.worker.context import Context
from tui.engine.worker.vocabulary import Vocab

_PENALTY_WINDOW = 64
"""llama.cpp's default: how many of the last tokens the penalties consider."""


class Sampler:
    """Chooses the next token with llama.cpp's own chain; with `ignore_end`, never one that ends the answer."""

    def __init__(self, vocab: Vocab, sampling: Sampling, before: Sequence[int], *, ignore_end: bool = False) -> None:
        self._chain = lib.llama_sampler_chain_init(lib.llama_sampler_chain_default_params())
        for link in [*([_forbid(vocab, vocab.ends)] if ignore_end else []), *_links(vocab, sampling)]:
            lib.llama_sampler_chain_add(self._chain, link)
        self.accept(before[-_PENALTY_WINDOW:])

    def accept(self, tokens: Iterable[int]) -> None:
        """Count tokens for the penalties that were not chosen here."""
        for token in tokens:
            lib.llama_sampler_accept(self._chain, token)

    def choose(self, context: Context) -> int:
        """Return the token that follows the tokens in `context`."""
        return int(lib.llama_sampler_sample(self._chain, context.pointer, -1))

    def close(self) -> None:
        """Free the chain."""
        lib.llama_sampler_free(self._chain)


def _links(vocab: Vocab, sampling: Sampling) -> list[lib.llama_sampler_p]:
    """Return the samplers in the order of llama.cpp's `common_sampler_init`; greedy at temperature 0."""
    penalties = lib.llama_sampler_init_penalties(
        vocab.size, _PENALTY_WINDOW, sampling.repeat_penalty.value, 0.0, sampling.presence_penalty.value
    )
    if sampling.temperature.value <= 0:
        return [penalties, lib.llama_sampler_init_greedy()]
    return [
        penalties,
        lib.llama_sampler_init_top_k(int(sampling.top_k.value)),
        lib.llama_sampler_init_top_p(sampling.top_p.value, 0),
        lib.llama_sampler_init_min_p(sampling.min_p.value, 0),
        lib.llama_sampler_init_temp(sampling.temperature.value),
        lib.llama_sampler_init_dist(int(sampling.seed.value)),
    ]


def _forbid(vocab: Vocab, tokens: Sequence[int]) -> lib.llama_sampler_p:
    """Return a sampler that prevents `tokens`."""
    biases = [lib.llama_logit_bias(token, float("-inf")) for token in tokens]
    array = (lib.llama_logit_bias * len(biases))(*biases)
    link: lib.llama_sampler_p = lib.llama_sampler_init_logit_bias(vocab.size, len(biases), array)
    return link
