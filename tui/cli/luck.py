"""Owns `duochat luck`: one prompt put to two models several times, and whether they differ by more than luck."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from tui.archive.transcript import labels
from tui.archive.transcript.export import answer_document
from tui.arena.stats.agreement import Spread
from tui.arena.stats.luck import Luck, across, luck_of, rows
from tui.chat.conversation import Conversation, FinishReason, Side
from tui.chat.events import Checking, Failed, Finished, LoadEvent, Outdated, ReplyEvent, Restarted
from tui.chat.sampling import MAX_SEED
from tui.cli.ask import fetch_both, load_both
from tui.cli.views import QuietView
from tui.session.duo import Duo
from tui.session.memory_check import Selection, Selections
from tui.session.prepare import Preparer
from tui.text import clean_line

MOST = 50
"""Times a side: comparing so many takes some seconds, and more would not tell more."""


def refusal(times: int) -> str | None:
    """One sentence on why nothing can be asked so many times, or None when it can."""
    if times < 1:
        return f"Asked {times} times, two models tell nothing: choose --times from 1 to {MOST}"
    if times > MOST:
        return f"{times:,} answers a side are more than it takes: choose --times from 1 to {MOST}"
    return None


async def ask_often(
    preparer: Preparer, selections: Selections, text: str, *, times: int, out: Console, err: Console, as_json: bool
) -> int:
    """Asks `times` times a side and prints what that tells; 1 when a side failed, else 0.

    Raises PrepareError and ArchiveError.
    """
    view = _Progress(out, err, times)
    selections = seeded(selections, times)
    try:
        duo = await preparer.duo(selections, await fetch_both(preparer, selections, view))
        try:
            await load_both(duo, selections, view)
            whole = await _ask(duo, text, times, view)
        finally:
            await duo.close()
    finally:
        view.close()
    luck = luck_of(duo.conversation.exchanges[-1])
    if as_json:
        out.file.write(json.dumps(document(duo.conversation, luck, times), ensure_ascii=False, indent=2) + "\n")
    else:
        show(out, duo.conversation, luck)
    return int(not whole)


def seeded(selections: Selections, times: int) -> Selections:
    """The places with seeds that never meet: where the user named seeds that do, the right side's follow the left's.

    Models of one kin say the same under the same seed, and luck would look like agreement.
    """
    left, right = (selections[side].overrides.sampling.get("seed") for side in Side)
    if left is None or right is None or times <= (left - right) % (MAX_SEED + 1) <= MAX_SEED + 1 - times:
        return selections
    overrides = selections[Side.RIGHT].overrides
    apart = replace(overrides, sampling={**overrides.sampling, "seed": (left + times) % (MAX_SEED + 1)})
    return {**selections, Side.RIGHT: replace(selections[Side.RIGHT], overrides=apart)}


def document(conversation: Conversation, luck: Luck, times: int) -> dict[str, Any]:
    """The result in the shape that scripts rely on; the answers are shaped as those of `ask`."""
    compared = luck.agreement
    own = {Side.LEFT: (compared.left, compared.within_left), Side.RIGHT: (compared.right, compared.within_right)}
    return {
        "prompt": conversation.exchanges[-1].question.text,
        "conversation": conversation.id,
        "times": times,
        **{
            side.value: {
                "model": conversation.models[side].model,
                "name": conversation.models[side].name,
                **_spread(own[side][0]),
                "agree_within": own[side][1],
                "answers": [answer_document(answer) for answer in luck.answers[side]],
            }
            for side in Side
        },
        "agree_across": compared.between,
        "p": compared.p,
        "deals": compared.deals,
        "exact": compared.exact,
        "verdict": compared.verdict,
        "sentence": compared.sentence,
        "notes": luck.notes,
    }


def show(out: Console, conversation: Conversation, luck: Luck) -> None:
    """A table on a terminal; tab-separated lines elsewhere, so that `cut` and `grep` work."""
    names = [clean_line(conversation.models[side].name, 60) for side in Side]
    lines = [(row.heading, row.left, row.right) for row in rows(luck)]
    if out.is_terminal:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for name in ("", *names):
            table.add_column(name, overflow="fold")
        for line in lines:
            table.add_row(*map(Text, line))
        out.print(table)
    else:
        out.file.write("\t".join(("side", *names)) + "\n")
        out.file.writelines("\t".join(line) + "\n" for line in lines)
    out.print(Text(across(luck)), soft_wrap=True)
    for note in luck.notes:
        out.print(Text(note), soft_wrap=True)
    out.print(Text(luck.agreement.sentence, style="bold"), soft_wrap=True)


async def _ask(duo: Duo, text: str, times: int, view: "_Progress") -> bool:
    """Asks until a side fails; whether none did."""
    for attempt in range(times):
        async with aclosing(duo.again() if attempt else duo.ask(text)) as events:
            await _hear(events, view)
        answers = duo.conversation.exchanges[-1].answers.values()
        if any(answer.finish_reason is FinishReason.FAILED for answer in answers):
            return False
    return True


async def _hear(events: AsyncGenerator[tuple[Side, ReplyEvent], None], view: "_Progress") -> None:
    async for side, event in events:
        view.answered(side, event)


class _Progress(QuietView):
    """One line for each answer, on standard error."""

    def __init__(self, out: Console, progress: Console, times: int) -> None:
        super().__init__(out, progress)
        self._times = times
        self._heard = dict.fromkeys(Side, 0)
        self._failures: set[str] = set()

    def loaded(self, side: Side, selection: Selection, event: LoadEvent) -> None:
        """Tells of notes and failures while models load."""
        super().loaded(side, selection, event)
        if isinstance(event, Failed):
            self._failures.add(event.message)

    def answered(self, side: Side, event: ReplyEvent) -> None:
        """Tells how an answer ended, and at the first one what holds for all."""
        match event:
            case Checking() | Outdated() | Restarted():
                super().answered(side, event)
            case Finished(usage=usage):
                if not self._heard[side]:
                    super().answered(side, event)
                self._heard[side] += 1
                self._say(f"{side} {self._heard[side]} of {self._times}: {labels.figures(usage)}")
            case Failed(message=message) if message not in self._failures:
                self._say(f"{side}: {message}")
            case _:
                pass


def _spread(spread: Spread | None) -> dict[str, Any]:
    """The lengths in characters and what the answers come down to; nothing of no answers."""
    if spread is None:
        return {"shortest": None, "median": None, "longest": None, "finals": [], "without_final": 0}
    return {
        "shortest": spread.shortest,
        "median": spread.median,
        "longest": spread.longest,
        "finals": [{"value": value, "count": count} for value, count in spread.finals],
        "without_final": spread.without,
    }
