"""`python -m harness.bench`: measures on embedded stacks of its own and leaves nothing behind."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from harness.bench.bench import Bench, Options
from harness.bench.figures import Figures
from harness.bench.interrupts import Interrupts
from harness.bench.tables import PLAIN_WIDTH, print_figures
from harness.core.errors import HarnessError, MisuseError
from harness.core.rules.speed import Speed
from harness.home import DEFAULT_SUBJECT
from harness.report.terminal import console_for
from harness.stacks.embedded.plan import check_subject
from harness.subject_reader import read_subject
from harness.toolchain import ToolName, ensure, progress_to

#: as a shell reports a program that Ctrl-C ended
_INTERRUPTED = 130
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
    figures = run.begin()
    ensure(list(ToolName), progress)  # never part of a warm start, nor of the time limit
    try:
        with interrupts:
            _measure(run, figures, json)
    except KeyboardInterrupt:
        sys.stderr.write("interrupted; every stack is taken away\n")
        raise typer.Exit(_INTERRUPTED) from None
    if figures.missing:
        raise typer.Exit(_UNKNOWN)


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
    """Errors of this project are three lines and an exit code, never a traceback."""
    try:
        app(arguments)
    except HarnessError as error:
        sys.stderr.write(f"{error}\n")
        raise SystemExit(error.exit_code) from None


if __name__ == "__main__":
    main()
