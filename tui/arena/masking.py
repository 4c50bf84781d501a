"""Owns what a blind reader must not see in an answer: the names by which a model tells who it is.

Three rules, applied while the text streams:

- Where the speaker names itself or its maker ("I am X", "as X, I", "my name is X", "I was trained by X", 我是X,
  我由X开发), every known name is hidden. Where it may well do so ("X here!", "Name: X", "Developer: X", 这里是X), a
  player's is.
- Whatever else is that model's, or its maker's, is then hidden in all of that answer, before that place and after it
  ("I am Llama. Llama stands for ..."), but not what only the user named, nor a common word in small letters, unless
  the answer names itself so.
- Elsewhere, a name that means only a model at the table, or a common one with its version ("Phi-4"), is hidden, and
  its maker where the making of some model is told; unless the user said the name first. Other names stay: llamas,
  Google, the phi of geometry.

An answer of which a name was hidden is marked, whichever rule hid it.

Limits: names that the list lacks and that no player bears; misspellings, translations, puns; letters set apart by more
than one character; a maker or a common name in an answer without such a sentence (the signature of a letter, "ask
Google's model"), in a language other than those of `claims` and `tongues`, or in small letters (a web address). A role
play ("I am Claude Monet") loses its name, and so does a card of something else that is called what a player is ("Name:
Llama", an animal; "Name: llama" keeps it), or was made by its maker ("Developer: Microsoft"). What tells without naming
(size, date, manner) stays.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tui.arena import claims
from tui.arena.folding import Lookahead, ShortError, emphasis, folded
from tui.arena.lexicon import Hit, Lexicon, Name, begins, longest
from tui.arena.versions import past_version

MARK = "▒▒▒"
"""What stands for a name, however long the name is."""


@dataclass(frozen=True, slots=True)
class Masked:
    """A whole text without its names, and whether it had any."""

    text: str
    named: bool


class Mask:
    """Masks one answer while it streams; what comes out does not depend on where the stream was cut.

    `players` is whatever is known of both sides: models' names and ids, makers. `question` is what the user wrote.
    `answer` is all that will stream: it is read beforehand for what it names itself by.
    """

    def __init__(self, participants: Iterable[str], question: str, answer: str) -> None:
        self._lexicon = Lexicon(participants, question)
        self._own: set[tuple[int, bool, bool]] = set()
        """What the answer names itself by: the house, whether its products or makers, and whether in small letters."""
        self._rewind()
        self._read(answer)

    def feed(self, text: str) -> str:
        """What `text` completes; what could still become a name waits for more."""
        return self._released(text, whole=False)

    def end(self) -> str:
        """What was still waiting."""
        return self._released("", whole=True)

    def _rewind(self) -> None:
        self._pending = ""
        self._last = ""
        self._before = ""
        self.named = False

    def _read(self, answer: str) -> None:
        """Reads `answer` until it names itself by nothing more: a name that gets hidden may let the next one claim."""
        known = -1
        while known < len(self._own):
            known = len(self._own)
            self._released(answer, whole=True)
            self._rewind()

    def _released(self, text: str, *, whole: bool) -> str:
        pending = self._pending + text
        ahead = Lookahead(pending, whole=whole)
        said: list[str] = []
        at = 0
        try:
            while ahead.has(at):
                shown, end = self._step(ahead, at)
                said.append(shown)
                at = end
        except ShortError:
            pass
        self._pending = pending[at:]
        return "".join(said)

    def _step(self, ahead: Lookahead, at: int) -> tuple[str, int]:
        """What is shown for the character or name at `at`, and where that ends; notes nothing before it is certain."""
        hit = longest(self._lexicon.root, ahead, at) if begins(self._last, ahead[at]) else None
        if hit:
            end = past_version(ahead, hit.end) if hit.name.product else hit.end
            if self._hides(ahead, at, hit, end):
                self.named = True
                self._note(ahead.cut(end - 1, end), claims.GAP)
                return MARK + emphasis(ahead.cut(at, end)), end
        self._note(ahead[at], folded(ahead[at]))
        return ahead[at], at + 1

    def _note(self, char: str, fold: str) -> None:
        self._last = char if folded(char) or emphasis(char) else self._last
        self._before = (self._before + fold)[-claims.REACH :]

    def _hides(self, ahead: Lookahead, start: int, hit: Hit, end: int) -> bool:
        before, name = self._before, hit.name
        small = not name.sure and ahead[start].islower()
        if not (small and name.product and claims.takes_article(before)):
            if (name.house, name.product, small) in self._own:
                return True
            if claims.speaks_of_itself(before) or self._told_after(ahead, name, end) or self._entered(name, small):
                self._claim(name, small=small)
                return True
        if not self._lexicon.telling(name):
            return False
        versioned = name.product and any(char.isdigit() for char in ahead.cut(hit.end, end))
        return name.sure or versioned or (not name.product and claims.speaks_of_a_model(before))

    def _claim(self, name: Name, *, small: bool) -> None:
        """The answer names itself by `name`: the rest of its house tells, too, but for what only the user named.

        A maker who has no model at the table is left at that: what was made by it may be anything.
        """
        if name.product or self._lexicon.models(name.house):
            self._own |= {(name.house, name.product, False), (name.house, name.product, small)}
            if not self._lexicon.said(name.house, product=not name.product):
                self._own.add((name.house, not name.product, False))

    def _told_after(self, ahead: Lookahead, name: Name, end: int) -> bool:
        cues = [*claims.AFTER]
        if claims.speaks_as(self._before):
            cues += claims.AFTER_AS
        if self._lexicon.models(name.house) and claims.opens(self._before):
            cues += claims.AFTER_OPENING
        return any(_follows(cue, ahead, end) for cue in cues)

    def _entered(self, name: Name, small: bool) -> bool:
        return name.product and not small and self._lexicon.telling(name) and claims.is_labeled(self._before)


def masked(text: str, participants: Iterable[str], question: str = "") -> Masked:
    """A whole answer, masked as a streaming one is."""
    mask = Mask(participants, question, text)
    shown = mask.feed(text) + mask.end()
    return Masked(shown, mask.named)


def _follows(cue: str, ahead: Lookahead, at: int) -> bool:
    for wanted in cue:
        while ahead.has(at) and not folded(ahead[at]):
            at += 1
        fold = folded(ahead[at])
        if wanted != (" " if fold.isspace() else fold) and not (wanted == claims.END and fold in {"", "\n"}):
            return False
        at += 1
    return True
