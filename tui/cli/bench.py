"""`duochat bench`: measure speed, alone and together, and what the screen costs."""

import click

from tui.cli import wiring
from tui.cli.lifecycle import run
from tui.cli.options import json_option


@click.command()
@click.argument("left", required=False)
@click.argument("right", required=False)
@click.option("--fair", is_flag=True, help="Compare both, each alone, in the order left, right, right, left.")
@click.option("--only", multiple=True, metavar="SUBJECT", help="Measure this subject only; may be repeated.")
@click.option(
    "--repeats",
    type=click.IntRange(min=1),
    default=5,
    show_default=True,
    help="Number of runs; the median is reported.",
)
@json_option
def bench(
    left: str | None, right: str | None, *, fair: bool, only: tuple[str, ...], repeats: int, as_json: bool
) -> int:
    """Measure speed, alone and together, and what the screen costs.

    The weights of LEFT and RIGHT have to be on disk. The default is the pair that was asked last, or the starter pair.
    """
    from tui.bench.harness import Scale
    from tui.bench.run import SUBJECTS
    from tui.bench.run import run as measure
    from tui.chat.conversation import Side

    only = (*only, "fair") if fair else only
    unknown = sorted(set(only) - SUBJECTS.keys())
    if unknown:
        raise click.UsageError(f"There is no subject {unknown[0]!r}: name one of {', '.join(SUBJECTS)}")
    catalogue = wiring.catalogue()
    usual = (left, right) if left and right else catalogue.usual_pair(wiring.archive().latest_pair())
    specs = {side: catalogue.find(a or b) for side, a, b in zip(Side, (left, right), usual, strict=True)}
    return run(
        measure(
            specs,
            wiring.console(),
            wiring.console(stderr=True),
            engines=wiring.engines(),
            cores=wiring.cores(),
            scale=Scale(repeats=repeats),
            only=only,
            as_json=as_json,
        )
    )
