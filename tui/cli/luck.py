"""`duochat luck`: ask two models one prompt several times, and test whether they differ by more than luck."""

from contextlib import aclosing
from dataclasses import replace
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from tui.archive.transcript import labels
from tui.archive.transcript.json_writer import answer_document
from tui.arena.stats.agreement import Spread
from tui.arena.stats.luck import Luck, across, luck_of, rows
from tui.chat.conversation import Conversation, Side
from tui.chat.events import Checking, Failed, Finished, LoadEvent, Outdated, ReplyEvent, Restarted
from tui.chat.sampling import MAX_SEED
from tui.cli import wiring
from tui.cli.lifecycle import run
from tui.cli.options import ONE_SIDE, json_option, read_prompt, selections, side_options
from tui.cli.output import print_json, print_table
from tui.cli.pair import has_failed, loaded_pair
from tui.cli.views import View
from tui.session.duo import Duo
from tui.session.memory_check import Selection, Selections
from tui.session.prepare import Preparer
from tui.text import clean_line

MOST = 50
"""The most answers for each side: comparing them takes a few seconds, and more answers would not add much."""


@click.command(epilog=ONE_SIDE)
@click.argument("left")
@click.argument("right")
@click.argument("prompt")
@click.option(
    "--times",
    type=click.IntRange(1, MOST),
    default=5,
    show_default=True,
    help="Number of answers for each side; a test needs at least four.",
)
@side_options
@json_option
def luck(left: str, right: str, prompt: str, *, times: int, as_json: bool, **options: Any) -> int:
    """Test whether two models differ by more than luck.

    Both models answer one prompt several times, each time with another seed. If you name a seed, it is the first one,
    and each next seed is one higher; no seed is used on both sides. A PROMPT of - is read from standard input.
    """
    text = read_prompt(prompt)
    chosen = selections(wiring.catalogue(), left, right, options)
    preparer = wiring.preparer(wiring.archive(), wiring.memory_check())
    out, err = wiring.console(), wiring.console(stderr=True)
    return run(ask_repeatedly(preparer, chosen, text, times=times, out=out, err=err, as_json=as_json))


async def ask_repeatedly(
    preparer: Preparer, chosen: Selections, prompt: str, *, times: int, out: Console, err: Console, as_json: bool
) -> int:
    """Ask `times` times and print the result; return 1 when a side failed, else 0. Raises UserError."""
    view = _LuckView(out, err, times)
    async with loaded_pair(preparer, with_distinct_seeds(chosen, times), view) as duo:
        await _ask(duo, prompt, times, view)
    found = luck_of(duo.conversation.exchanges[-1])
    if as_json:
        print_json(out.file, _document(duo.conversation, found, times))
    else:
        _show(out, duo.conversation, found)
    return int(has_failed(duo))


def with_distinct_seeds(chosen: Selections, times: int) -> Selections:
    """Move the right side's seeds behind the left side's where the user named seeds that overlap.

    Related models give the same answer under the same seed, and luck would look like agreement.
    """
    left, right = (chosen[side].overrides.sampling.get("seed") for side in Side)
    if left is None or right is None or times <= (left - right) % (MAX_SEED + 1) <= MAX_SEED + 1 - times:
        return chosen
    overrides = chosen[Side.RIGHT].overrides
    moved = replace(overrides, sampling={**overrides.sampling, "seed": (left + times) % (MAX_SEED + 1)})
    return {**chosen, Side.RIGHT: replace(chosen[Side.RIGHT], overrides=moved)}


def _document(conversation: Conversation, luck: Luck, times: int) -> dict[str, Any]:
    """Return the result in the shape that scripts rely on; answers have the same shape as in `ask`."""
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


def _show(out: Console, conversation: Conversation, luck: Luck) -> None:
    names = [clean_line(conversation.models[side].name, 60) for side in Side]
    head = ("" if out.is_terminal else "side", *names)
    print_table(out, head, [(row.heading, row.left, row.right) for row in rows(luck)])
    out.print(Text(across(luck)), soft_wrap=True)
    for note in luck.notes:
        out.print(Text(note), soft_wrap=True)
    out.print(Text(luck.agreement.sentence, style="bold"), soft_wrap=True)


async def _ask(duo: Duo, prompt: str, times: int, view: View) -> None:
    """Ask up to `times` times; stop when a side fails."""
    for attempt in range(times):
        async with aclosing(duo.again() if attempt else duo.ask(prompt)) as events:
            async for side, event in events:
                view.answered(side, event)
        if has_failed(duo):
            return


class _LuckView(View):
    """Prints one line for each answer on standard error."""

    def __init__(self, out: Console, err: Console, times: int) -> None:
        super().__init__(out, err)
        self._times = times
        self._finished = dict.fromkeys(Side, 0)
        self._failures: set[str] = set()

    def loaded(self, side: Side, selection: Selection, event: LoadEvent) -> None:
        """Show an event of a model that loads."""
        super().loaded(side, selection, event)
        if isinstance(event, Failed):
            self._failures.add(event.message)

    def answered(self, side: Side, event: ReplyEvent) -> None:
        """Show how an answer ended; notes on the model are printed once, with its first answer."""
        match event:
            case Checking() | Outdated() | Restarted():
                super().answered(side, event)
            case Finished(usage=usage):
                if not self._finished[side]:
                    super().answered(side, event)
                self._finished[side] += 1
                self._print(f"{side} {self._finished[side]} of {self._times}: {labels.figures(usage)}")
            case Failed(message=message) if message not in self._failures:
                self._print(f"{side}: {message}")
            case _:
                pass


def _spread(spread: Spread | None) -> dict[str, Any]:
    """Return the lengths in characters and the final values of one side's answers."""
    if spread is None:
        return {"shortest": None, "median": None, "longest": None, "finals": [], "without_final": 0}
    return {
        "shortest": spread.shortest,
        "median": spread.median,
        "longest": spread.longest,
        "finals": [{"value": value, "count": count} for value, count in spread.finals],
        "without_final": spread.without,
    }
