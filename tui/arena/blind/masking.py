"""Answers as a blind user sees them, without the names by which a model tells who it is.

- A name that means only a model (Qwen, ChatGPT, 通义千问) is masked, unless the user wrote it first.
- A word that means more (Llama, Gemma) is masked with a version ("Phi-4") if it may be one of both models, unless the
  user wrote it first. Falcon 9 stays a rocket.
- The maker of one of both models is masked if its name means only an AI maker (Mistral AI), or where it made a model
  ("A model trained by Meta"), unless the user wrote it first.
- Where an answer names itself or its maker, in English or Chinese, that name is masked, and so is whatever else is that
  model's or its maker's in the whole answer ("I am Llama. Llama stands for ..."), but not what only the user named, nor
  a common word in small letters.

Other names stay: llamas, Google, the phi of geometry. What tells without naming (size, date, manner) stays, too. A role
play ("I am Claude Monet") loses its name. An answer of which a name was masked is marked.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tui.arena.blind import self_identification
from tui.arena.blind.maker_names import Name
from tui.arena.blind.name_index import Found, NameIndex
from tui.arena.blind.normalization import Normalized, emphasis

MARK = "▒▒▒"
"""What stands for a name, however long the name is."""


@dataclass(frozen=True, slots=True)
class Masked:
    """An answer without its names, and whether it had any."""

    text: str
    named: bool


def masked(answer: str, participants: Iterable[str], question: str = "") -> Masked:
    """Mask `answer`; `participants` are names, ids and makers of both models, `question` is what the user wrote."""
    normalized = Normalized.of(answer)
    index = NameIndex(participants)
    shown: list[str] = []
    at = 0
    for found in _Mask(index, normalized, Normalized.of(question)).hidden():
        start, end = normalized.span(found.start, found.end)
        shown += [answer[at:start], MARK, emphasis(answer[start:end])]
        at = end
    return Masked("".join([*shown, answer[at:]]), named=bool(shown))


class _Mask:
    """Decides which names in `answer` are masked."""

    def __init__(self, index: NameIndex, answer: Normalized, question: Normalized) -> None:
        self._present = index.present
        self._said = {(found.name.maker, found.name.is_model) for found in index.find(question)}
        self._names = tuple(index.find(answer))
        self._answer = answer.text
        self._lower = answer.text.lower()
        self._own: set[tuple[str, bool, bool]] = set()
        """What the answer names itself by: the maker, whether its models or the maker, and whether in small letters."""

    def hidden(self) -> list[Found]:
        """Return the names to mask. A masked name may let the next one tell, so passes repeat until nothing is new."""
        while True:
            known = len(self._own)
            hidden = self._pass()
            if len(self._own) == known:
                return hidden

    def _pass(self) -> list[Found]:
        hidden: list[Found] = []
        before, at = "", 0
        for found in self._names:
            if found.start < at:
                continue
            before = (before + self._lower[at : found.start])[-self_identification.REACH :]
            at = found.start
            if self._hides(before, found):
                hidden.append(found)
                before, at = before + self_identification.GAP, found.end
        return hidden

    def _hides(self, before: str, found: Found) -> bool:
        name = found.name
        small = not name.unique and self._answer[found.start].islower()
        if not (small and name.is_model and self_identification.takes_article(before)):
            if (name.maker, name.is_model, small) in self._own:
                return True
            if self._names_itself(before, found, small=small):
                self._claim(name, small=small)
                return True
        if (name.maker, name.is_model) in self._said:
            return False
        if name.is_model and name.unique:
            return True
        if name.maker not in self._present:
            return False
        return found.versioned if name.is_model else name.unique or self_identification.tells_maker(before)

    def _names_itself(self, before: str, found: Found, *, small: bool) -> bool:
        name, after = found.name, self._lower[found.end : found.end + self_identification.REACH]
        if self_identification.identifies(before, after):
            return True
        if name.maker not in self._present:
            return False
        if self_identification.introduces(before, after):
            return True
        said = (name.maker, name.is_model) in self._said
        return not small and not said and self_identification.is_labeled(before, model=name.is_model)

    def _claim(self, name: Name, *, small: bool) -> None:
        """Note that the answer names itself by `name`: all other names of its maker tell, too.

        But those that only the user named do not, and a maker none of whose models is present is left at that.
        """
        if name.is_model or name.maker in self._present:
            self._own |= {(name.maker, name.is_model, False), (name.maker, name.is_model, small)}
            if (name.maker, not name.is_model) not in self._said:
                self._own.add((name.maker, not name.is_model, False))
