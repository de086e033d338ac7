"""`python -m harness.bench`: measures on embedded stacks of its own and leaves nothing behind."""

import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from harness.bench.bench import Bench, Options
from harness.bench.figures import Figures
from harness.bench.interrupts import Interrupts
from harness.bench.tables import PLAIN_WIDTH, print_figures
from harness.core.errors import MisuseError
from harness.core.rules.speed import Speed
from harness.home import DEFAULT_SUBJECT
from harness.report.command_line import INTERRUPTED, run_command
from harness.report.terminal import console_for
from harness.stacks.embedded.plan import check_subject
from harness.subject_reader import read_subject
from harness.toolchain import Ensure, ToolName, ensure, progress_to

_UNKNOWN = 3

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def bench(  # noqa: PLR0917 - typer makes options of them, which have names
    speed: Annotated[str, typer.Option(help="every duration of rules and scraping is divided by this")] = "60",
    subject: Annotated[Path, typer.Option(help="what is under test")] = DEFAULT_SUBJECT,
    bring_ups: Annotated[int, typer.Option(min=1, help="how many stacks to bring up and take away")] = 3,
    idle: Annotated[float, typer.Option(min=1, help="seconds to watch the idle stack")] = 10,
    sources: Annotated[int, typer.Option(min=1, help="objects to mirror")] = 500,
    results: Annotated[Path | None, typer.Option(help="results.json of a suite, for its pace")] = None,
    json: Annotated[Path | None, typer.Option(help="also write the figures to this file")] = None,
    at_most: Annotated[
        float, typer.Option(min=0, help="seconds after which it ends and shows what it has; 0: never")
    ] = 175,
) -> None:
    """Measure bring-up, idle cost, scraping and mirrors per second on embedded stacks; 1 to 3 minutes."""
    found, contract = read_subject(subject)
    options = Options(speed=Speed.parse(speed), bring_ups=bring_ups, idle_s=idle, sources=sources, results=results)
    check_subject(found, options.speed)
    if json is not None and not json.parent.is_dir():
        raise MisuseError(
            f"{json} cannot be written",
            why=f"{json.parent} is no directory",
            fix="name a file in an existing directory",
        )
    progress = progress_to(sys.stderr, os.environ)
    interrupts = Interrupts(at_most)
    run = Bench(options=options, subject=found, contract=contract, progress=progress, interrupts=interrupts)
    raise typer.Exit(carry_out(run, json))


def carry_out(run: Bench, json: Path | None, *, bring: Ensure = ensure) -> int:
    """Brings the programs, measures, and shows what there is.

    Args:
        run: what is measured.
        json: the file that the figures also go to.
        bring: brings programs.

    Returns:
        The exit code.

    Raises:
        HarnessError: the results file cannot be used, or a program cannot be had.
    """
    figures = run.begin()
    bring(list(ToolName), run.progress)  # never part of a warm start, nor of the time limit
    try:
        with run.interrupts:
            _measure(run, figures, json)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; every stack is taken away\n")
        return INTERRUPTED
    return _UNKNOWN if figures.missing else 0


def _measure(run: Bench, figures: Figures, json: Path | None) -> None:
    """Shows what there is, also of a bench that does not come to its end."""
    try:
        run.measure(figures)
    finally:
        with run.interrupts.shielded():
            print_figures(figures, console_for(sys.stdout, plain_width=PLAIN_WIDTH))
            if json is not None:
                json.write_text(figures.as_json(), encoding="utf-8")


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures by the words of the process unless others are given."""
    run_command(partial(app, arguments))


if __name__ == "__main__":
    main()
