"""`harness`: the scenarios by `prove`, which is pytest; bring a stack up and take it away, look at the machine."""

from collections.abc import Sequence
from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from harness.core.errors import MisuseError
from harness.core.rules.speed import Speed
from harness.home import DEFAULT_SUBJECT
from harness.report.command_line import run_command
from harness.stacks.options import BASE_IMAGE, CHART, CHART_VERSION, OPTIONS

app = typer.Typer(
    name="harness",
    help="Proves that a controller's alerts do what their documentation promises: harness prove --subject FILE",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


class HoldAt(StrEnum):
    """Where `reproduce` holds."""

    PENDING = "pending"
    FIRING = "firing"
    RESOLVED = "resolved"


class Stack(StrEnum):
    """For which kind of stack `tools` brings what it needs; a cluster that is there needs what the embedded one has."""

    EMBEDDED = "embedded"
    KIND = "kind"


class Monitoring(StrEnum):
    """As `--monitoring` of a run."""

    CHART = "chart"
    OPERATOR = "operator"


def _of_table(name: str) -> Any:  # noqa: ANN401 - typer's own type for it is private
    """An option that means here what it means to a run."""
    option = next(one for one in OPTIONS if one.name == name)
    return typer.Option(name, metavar=option.metavar, help=f"kind: {option.help}")


@app.command()
def up(
    speed: Annotated[str, typer.Option(help="every duration of rules and scraping is divided by this")] = "60",
    subject: Annotated[Path, typer.Option(help="what is under test")] = DEFAULT_SUBJECT,
) -> None:
    """Bring up an embedded stack, leave it running and print its addresses."""
    from harness.cli.up import up as bring_up  # noqa: PLC0415 - `harness --help` answers without loading the stack

    bring_up(speed=Speed.parse(speed), subject_file=subject, console=Console())


@app.command(
    context_settings={"ignore_unknown_options": True, "allow_interspersed_args": False, "help_option_names": []},
    epilog="-h: all of pytest's options and the harness's.",
)
def prove(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[SCENARIOS...] [OPTIONS...]",
            help="files, directories or node ids (default: the scenarios that come with the harness); pytest's options",
        ),
    ] = None,
) -> None:
    """Judge a subject: pytest with the scenarios that come with the harness, or with your own."""
    from harness.cli.prove import prove as judge  # noqa: PLC0415 - `harness --help` answers without pytest

    judge(words or [])


@app.command()
def reproduce(
    alert: Annotated[str, typer.Argument(metavar="ALERT", help="its name in the contract")],
    speed: Annotated[str, typer.Option(help="every duration of rules and scraping is divided by this")] = "60",
    subject: Annotated[Path, typer.Option(help="what is under test")] = DEFAULT_SUBJECT,
    strength: Annotated[
        str | None, typer.Option(help="how strong its fault is, beyond the threshold: 150 (items), 30%, 8s")
    ] = None,
    hold_at: Annotated[HoldAt, typer.Option(help="where to hold it, so that it can be looked at")] = HoldAt.FIRING,
) -> None:
    """Make one alert page, tell everything that happens, and hold it while it fires, until Ctrl-C."""
    from harness.cli.reproduce import reproduce as play  # noqa: PLC0415 - `harness --help` answers without pytest

    play(alert=alert, speed=Speed.parse(speed), subject_file=subject, hold_at=hold_at, strength=strength)


@app.command()
def down(
    *,
    also_running: Annotated[bool, typer.Option("--all", help="also end suites that are running now")] = False,
    context: Annotated[
        str | None, typer.Option(help="remove what killed runs left in this kubeconfig context's cluster instead")
    ] = None,
    confirm_context: Annotated[str | None, typer.Option(help="the same name again")] = None,
    kubeconfig: Annotated[Path | None, typer.Option(help="where the context is (default: as for kubectl)")] = None,
    subject: Annotated[Path, typer.Option(help="--context: whose controller was damaged")] = DEFAULT_SUBJECT,
    forget: Annotated[
        str | None, typer.Option(metavar="RUN", help="give up a run whose cluster is gone for good")
    ] = None,
    confirm_forget: Annotated[str | None, typer.Option(metavar="RUN", help="the same run again")] = None,
) -> None:
    """Remove every stack of yours, also what a killed run left behind; with --context, in a cluster that lives on."""
    from harness.cli.down import down as take_away  # noqa: PLC0415 - same
    from harness.cli.down import down_there  # noqa: PLC0415 - same
    from harness.cli.forget import forget as give_up  # noqa: PLC0415 - same

    if forget is not None or confirm_forget is not None:
        if context is not None or confirm_context is not None or also_running:
            raise MisuseError(
                "--forget does not go with --context and --all",
                why="it enters no cluster and ends nobody's run",
                fix="leave it out, or them",
            )
        give_up(forget or "", confirmation=confirm_forget, kubeconfig=kubeconfig, console=Console())
        return
    if context is None and confirm_context is None and kubeconfig is None:
        take_away(also_running=also_running, console=Console())
        return
    down_there(
        context=context,
        confirmation=confirm_context,
        kubeconfig=kubeconfig,
        subject_file=subject,
        also_running=also_running,
        console=Console(),
    )


@app.command()
def tools(
    *,
    stack: Annotated[Stack, typer.Option(help="for which kind of stack")] = Stack.EMBEDDED,
    subject: Annotated[Path, typer.Option(help="kind: whose images to build")] = DEFAULT_SUBJECT,
    base_image: Annotated[str, _of_table("--base-image")] = BASE_IMAGE,
    monitoring: Annotated[Monitoring, _of_table("--monitoring")] = Monitoring.CHART,
    chart: Annotated[str, _of_table("--chart")] = CHART,
    chart_version: Annotated[str, _of_table("--chart-version")] = CHART_VERSION,
    chart_values: Annotated[list[Path] | None, _of_table("--chart-values")] = None,
    kind: Annotated[bool, typer.Option("--kind", hidden=True, help="the older word for --stack kind")] = False,
    plain: Annotated[bool, typer.Option("--plain", hidden=True, help="that for --monitoring operator")] = False,
) -> None:
    """Bring every program a stack needs: from PATH, the cache, its release, or a build from pinned sources."""
    from harness.cli.tools import tools as bring  # noqa: PLC0415 - same
    from harness.cli.tools import tools_of_kind  # noqa: PLC0415 - same
    from harness.stacks.cluster.chart_options import ChartOptions  # noqa: PLC0415 - same
    from harness.toolchain import Toolchain  # noqa: PLC0415 - same

    bring(Toolchain(), Console())
    if kind or stack is Stack.KIND:
        without = plain or monitoring is Monitoring.OPERATOR
        laid_over = tuple(chart_values or ())
        wanted = None if without else ChartOptions(chart=chart, version=chart_version, values=laid_over)
        tools_of_kind(subject, base_image=base_image, chart=wanted, console=Console())


@app.command()
def check(  # noqa: PLR0917 - typer makes options of them, which have names
    subject: Annotated[Path, typer.Option(help="whose files")] = DEFAULT_SUBJECT,
    rules: Annotated[Path | None, typer.Option(metavar="FILE", help="a PrometheusRule in place of its own")] = None,
    recording: Annotated[
        Path | None, typer.Option(metavar="DIR", help="of the healthy controller, whose series are driven")
    ] = None,
    metrics: Annotated[
        str | None, typer.Option(metavar="FILE|URL", help="its /metrics page, where there is no recording")
    ] = None,
    only: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="one alert or recorded series, and all that was seen of it")
    ] = None,
    json_file: Annotated[
        Path | None, typer.Option("--json", metavar="FILE", help="where all findings go, for programs")
    ] = None,
    markdown_file: Annotated[
        Path | None, typer.Option("--markdown", metavar="FILE", help="where they go for a pull request")
    ] = None,
) -> None:
    """Say what can be said about a bundle without a cluster. Exit code 1: it is not what its contract promises."""
    from harness.cli.check import check as look_at  # noqa: PLC0415 - same
    from harness.offline.check.measuring import Measuring  # noqa: PLC0415 - same

    _refuse_both(recording, metrics)
    raise typer.Exit(
        look_at(
            subject_file=subject,
            rules=rules,
            measuring=Measuring(recording=recording, metrics=metrics, only=frozenset(only) if only else None),
            json_file=json_file,
            markdown_file=markdown_file,
            console=Console(),
        )
    )


@app.command()
def export(
    directory: Annotated[Path, typer.Argument(metavar="DIR", help="where the files go: not there yet, or empty")],
    subject: Annotated[Path, typer.Option(help="whose promises")] = DEFAULT_SUBJECT,
    rules: Annotated[
        Path | None, typer.Option(metavar="FILE", help="a PrometheusRule or a rule file in place of its own")
    ] = None,
    recording: Annotated[
        Path | None, typer.Option(metavar="DIR", help="of the healthy controller, whose series are driven")
    ] = None,
    metrics: Annotated[
        str | None, typer.Option(metavar="FILE|URL", help="its /metrics page, where there is no recording")
    ] = None,
) -> None:
    """Write what a bundle promises as tests for promtool. Exit code 1: its rules do not pass them."""
    from harness.cli.export import export as make  # noqa: PLC0415 - same

    _refuse_both(recording, metrics)
    raise typer.Exit(
        make(
            directory,
            subject_file=subject,
            rules=rules,
            recording=recording,
            metrics=metrics,
            console=Console(),
        )
    )


@app.command()
def compare(
    first: Annotated[Path, typer.Argument(metavar="RESULTS", help="that a run wrote: pytest scenarios --results FILE")],
    second: Annotated[Path, typer.Argument(metavar="RESULTS", help="that another run wrote")],
) -> None:
    """Compare two runs: verdicts, lives of alerts, rules and routes as loaded. Exit code 1: there is a difference."""
    from harness.cli.compare import compare_files  # noqa: PLC0415 - same

    raise typer.Exit(compare_files(first, second, Console()))


@app.command()
def look(
    recording: Annotated[Path, typer.Argument(metavar="DIRECTORY", help="that a run tells after `recording:`")],
) -> None:
    """Start a Prometheus on what a recording holds, and keep it until Ctrl-C."""
    from harness.cli.look import look as show  # noqa: PLC0415 - same

    show(recording, Console())


@app.command()
def replay(
    recording: Annotated[Path, typer.Argument(metavar="RECORDING", help="the directory that a run names")],
    *,
    rules: Annotated[
        Path | None, typer.Option(help="others than the recording's own, as they are written: they are scaled")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
    serve: Annotated[bool, typer.Option(help="leave the Prometheus with all of it running until Ctrl-C")] = False,
) -> None:
    """Tell what rules would have done over a recording. Exit code 3: a rule could not be replayed."""
    from harness.cli.replay import replay as play  # noqa: PLC0415 - same

    raise typer.Exit(play(recording, Console(), rules=rules, as_json=as_json, serve=serve))


@app.command()
def doctor() -> None:
    """Show each program's source, version and path, and what this machine offers."""
    from harness.cli.doctor import doctor as examine  # noqa: PLC0415 - same

    raise typer.Exit(examine())


def _refuse_both(recording: Path | None, metrics: str | None) -> None:
    if recording is not None and metrics is not None:
        raise MisuseError(
            "--recording and --metrics were both given",
            why="the healthy series come from one of them",
            fix="leave one of them out",
        )


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script, by the words of the process unless others are given."""
    run_command(partial(app, arguments))
