"""The figures as tables: rows of text first, which are tested, then rich's tables around them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from harness.bench.bring_up import CONTROL_PLANE
from harness.bench.figures import Figures
from harness.bench.idle import Idle, Scraping
from harness.bench.offline import OfflineCost
from harness.bench.pace import Pace
from harness.bench.recordings import RecordingCost
from harness.bench.spread import Spread
from harness.bench.wave import Wave

#: the widest table, where no terminal says how wide it is
PLAIN_WIDTH = 140

_MIB = 1 << 20
_GIB = 1 << 30
_NONE = "-"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One table before it is drawn. The first column is text, the others are numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    #: what a reader must know to read the numbers
    note: str = ""


def print_figures(figures: Figures, console: Console) -> None:
    """Writes all that was measured, and what was not."""
    console.print(Text(circumstances_line(figures)))
    for sheet in sheets(figures):
        table = Table(title=sheet.title, title_justify="left", box=box.SIMPLE if console.is_terminal else box.ASCII2)
        for index, column in enumerate(sheet.columns):
            table.add_column(column, justify="right" if index else "left", no_wrap=True)
        for row in sheet.rows:
            table.add_row(*row)
        console.print(table)
        if sheet.note:
            console.print(Text(f"  {sheet.note}"), soft_wrap=True)
    for missing in figures.missing:
        console.print(Text(f"not measured: {missing}"), soft_wrap=True)


def circumstances_line(figures: Figures) -> str:
    """The machine in one line, and how busy it was before anything was started."""
    one = figures.circumstances
    busy = " (shared with other work)" if one.load > one.cores / 2 else ""
    return (
        f"{one.cores} cores, {one.memory_bytes / _GIB:.1f} GiB, load {one.load:.1f} at the start{busy}; "
        f"embedded stack at speed {one.speed:g}"
    )


def sheets(figures: Figures) -> Iterator[Sheet]:
    """The tables for which there are figures."""
    if figures.bring_ups:
        yield bring_up_sheet(figures)
    if figures.idle is not None:
        yield idle_sheet(figures.idle)
        if figures.idle.scraping is not None:
            yield scraping_sheet(figures.idle.scraping)
    if figures.waves:
        yield mirroring_sheet(figures.waves)
    if figures.pace is not None:
        yield pace_sheet(figures.pace)
    if figures.recordings is not None:
        yield recordings_sheet(figures.recordings)
    if figures.offline is not None:
        yield offline_sheet(figures.offline)


def bring_up_sheet(figures: Figures) -> Sheet:
    """Seconds by step, to the first healthy scrape, and to nothing again."""
    rows = [_spread_row(f"  {title}", spread) for title, spread in figures.bring_up_spreads().items()]
    rows.append(_spread_row("to the first healthy scrape", figures.healthy_spread()))
    rows.append(_ratio_row(f"  in units of the {CONTROL_PLANE}", figures.healthy_per_control_plane()))
    rows.append(_spread_row("everything up", Spread.of([one.total_s for one in figures.bring_ups])))
    rows.append(_spread_row("CPU seconds by then", Spread.of([one.cpu_s for one in figures.bring_ups])))
    rows.append(_spread_row("tear-down", Spread.of(figures.downs_s)))
    return Sheet(
        title=f"Warm bring-up, seconds, n = {len(figures.bring_ups)}",
        columns=("step", "median", "min", "max"),
        rows=tuple(rows),
    )


def idle_sheet(idle: Idle) -> Sheet:
    """CPU and memory by component, then the sums, then everybody else on the machine."""
    usage = idle.usage
    rows = [
        (one.name, str(one.processes), _percent(one.cpu_ratio), _mib(one.rss_bytes), _mib(one.pss_bytes))
        for one in usage.components
    ]
    pss = [one.pss_bytes for one in usage.components if one.pss_bytes is not None]
    whole_pss = sum(pss) if len(pss) == len(usage.components) else None
    processes = str(sum(one.processes for one in usage.components))
    rows.append(("the whole stack", processes, _percent(usage.cpu_ratio), _NONE, _mib(whole_pss)))
    rows.append(("elsewhere on this machine", _NONE, _percent(usage.elsewhere_ratio), _NONE, _NONE))
    ended = f"ended meanwhile, its last CPU not counted: {', '.join(usage.ended)}; " if usage.ended else ""
    return Sheet(
        title=f"Idle stack, {usage.seconds:.1f} s",
        columns=("component", "processes", "CPU % of a core", "RSS MiB", "PSS MiB"),
        rows=tuple(rows),
        note=f"{ended}RSS counts shared pages in each process, so it has no sum; elsewhere: this bench included",
    )


def scraping_sheet(scraping: Scraping) -> Sheet:
    """What scraping costs Prometheus."""
    per_scrape = scraping.cpu_ms_per_scrape
    row = (
        f"{scraping.targets} targets every {scraping.interval_s:g} s",
        f"{scraping.scrapes_per_s:.1f}",
        f"{scraping.samples_per_s:.0f}",
        _percent(scraping.cpu_ratio),
        _NONE if per_scrape is None else f"{per_scrape:.2f}",
    )
    return Sheet(
        title="Scraping",
        columns=("what", "scrapes/s", "samples/s", "Prometheus CPU %", "CPU ms per scrape"),
        rows=(row,),
        note="rule evaluation and Prometheus's own upkeep are in it; what a page costs its target is in that component",
    )


def mirroring_sheet(waves: Sequence[Wave]) -> Sheet:
    """The waves, each beside the plain requests of the same run."""
    rows = tuple(
        (
            wave.name,
            f"{wave.sent_s:.2f}",
            f"{wave.mirrored_s:.2f}",
            f"{wave.drained_s:.2f}",
            f"{wave.mirrors_per_s:.0f}",
            f"{wave.plain_per_s:.0f}",
            f"{wave.per_plain:.2f}",
            _NONE if wave.controller_ms_per_mirror is None else f"{wave.controller_ms_per_mirror:.1f}",
            f"{wave.stack_ms_per_mirror:.1f}",
        )
        for wave in waves
    )
    poll_s = max(wave.poll_s for wave in waves)
    return Sheet(
        title=f"Mirroring {waves[0].sources} sources to one namespace, seconds from the first request",
        columns=(
            "wave",
            "sent",
            "mirrored",
            "queue empty",
            "mirrors/s",
            "plain/s",
            "mirrors per plain",
            "controller CPU ms per mirror",
            "stack",
        ),
        rows=rows,
        note=f"looked at every {poll_s:.2f} s at most, by which a time may be too long; plain: the same requests for "
        "objects that no controller minds; the controller has the CPU limit of its manifests",
    )


def recordings_sheet(cost: RecordingCost) -> Sheet:
    """What recording took of an earlier suite's time, and how large it is."""
    rows = (
        _spread_row("seconds of each", cost.seconds),
        (
            "KiB of each",
            *(f"{size / 1_024:.0f}" for size in (cost.size_bytes.median, cost.size_bytes.low, cost.size_bytes.high)),
        ),
    )
    return Sheet(
        title=f"Recordings of an earlier suite, n = {cost.recorded}",
        columns=("figure", "median", "min", "max"),
        rows=rows,
        note=f"{cost.ratio:.1%} of the scenarios' time; {cost.total_bytes / _MIB:.1f} MiB in all",
    )


def offline_sheet(cost: OfflineCost) -> Sheet:
    """What questions without a cluster take, beside promtool."""
    unit = cost.promtool_s
    rows = [
        ("harness check", f"{cost.check_s.median:.2f}", _in(cost.check_s.median, unit), f"{cost.findings} findings")
    ]
    if cost.replay_s is not None:
        rows.append(
            ("replay of the corpus", f"{cost.replay_s:.2f}", _in(cost.replay_s, unit), f"{cost.recordings} recordings")
        )
    if unit is not None:
        rows.append(("promtool test rules", f"{unit:.2f}", "1.00 x", "the cases kept by hand"))
    return Sheet(
        title="Without a cluster, seconds",
        columns=("what", "seconds", "in promtool's", "of"),
        rows=tuple(rows),
        note=f"check: median of several, {cost.check_s.low:.2f} to {cost.check_s.high:.2f}",
    )


def _in(seconds: float, unit: float | None) -> str:
    return _NONE if unit is None else f"{seconds / unit:.2f} x"


def pace_sheet(pace: Pace) -> Sheet:
    """Documented time of an earlier run against its own."""
    row = (
        str(pace.lives),
        f"{pace.documented_s / 60:.1f}",
        f"{pace.wall_s / 60:.2f}",
        f"{pace.per_minute:.1f}",
        f"{pace.holding_ratio:.0%}",
    )
    return Sheet(
        title=f"Pace of an earlier suite at speed {pace.speed:g}",
        columns=(
            "lives judged",
            "documented `for`, min",
            "suite, min",
            "documented min per min",
            "of the suite's time",
        ),
        rows=(row,),
        note="documented time is the `for` of alerts judged on firing, nothing else; the rest of the suite's time is "
        "start, damage, resolution and silence",
    )


def _spread_row(name: str, spread: Spread | None, digits: int = 2) -> tuple[str, ...]:
    if spread is None:
        return (name, _NONE, _NONE, _NONE)
    return (name, *(f"{value:.{digits}f}" for value in (spread.median, spread.low, spread.high)))


def _ratio_row(name: str, spread: Spread | None) -> tuple[str, ...]:
    name, *cells = _spread_row(name, spread)
    return (name, *(cell if cell == _NONE else f"{cell} x" for cell in cells))


def _percent(ratio: float) -> str:
    return f"{100 * ratio:.1f}"


def _mib(size_bytes: int | None) -> str:
    return _NONE if size_bytes is None else f"{size_bytes / _MIB:.0f}"
