"""What a person reads, kept as text; what a program reads, kept by its names."""

import io
import json
from dataclasses import replace

import pytest
from rich.console import Console
from syrupy.assertion import SnapshotAssertion

from harness.bench.bring_up import BringUp
from harness.bench.figures import Circumstances, Figures
from harness.bench.idle import Idle, Scraping
from harness.bench.pace import Pace
from harness.bench.recordings import RecordingCost
from harness.bench.spread import Spread
from harness.bench.tables import PLAIN_WIDTH, circumstances_line, print_figures
from harness.bench.usage import ComponentUse, Usage
from harness.bench.wave import Wave
from harness.report.terminal import console_for

MIB = 1 << 20
CIRCUMSTANCES = Circumstances(cores=2, memory_bytes=24 << 30, load=0.4, speed=60)
USAGE = Usage(
    seconds=10.02,
    components=(
        ComponentUse(name="node and operator", processes=1, cpu_ratio=0.08, rss_bytes=61 * MIB, pss_bytes=42 * MIB),
        ComponentUse(name="prometheus", processes=1, cpu_ratio=0.028, rss_bytes=76 * MIB, pss_bytes=76 * MIB),
    ),
    elsewhere_ratio=1.83,
    ended=(),
)
WAVE = Wave(
    name="create",
    sources=500,
    sent_s=2.9,
    mirrored_s=13.8,
    drained_s=13.86,
    poll_s=0.4,
    plain_per_s=156,
    controller_cpu_s=4.1,
    stack_cpu_s=9.0,
)


def bring_up(control_plane_s: float, scrape_s: float) -> BringUp:
    """One bring-up; half a second lies between its two steps."""
    healthy_s = control_plane_s + 0.5 + scrape_s
    return BringUp(
        steps_s={"control plane": control_plane_s, "first healthy scrape of the controller": scrape_s},
        healthy_s=healthy_s,
        total_s=healthy_s + 0.25,
        cpu_s=9.5,
    )


def everything() -> Figures:
    """A bench that measured all there is."""
    return Figures(
        circumstances=CIRCUMSTANCES,
        bring_ups=[bring_up(3, 2), bring_up(4, 3), bring_up(3.5, 9)],
        downs_s=[0.2, 0.3, 0.25],
        idle=Idle(usage=USAGE, scraping=Scraping(targets=3, interval_s=0.5, samples=235, cpu_ratio=0.028)),
        waves=[WAVE, replace(WAVE, name="update", controller_cpu_s=None)],
        pace=Pace(lives=3, documented_s=1_500, held_s=25, wall_s=132, speed=60),
        recordings=RecordingCost(
            recorded=23,
            seconds=Spread(median=0.14, low=0.07, high=0.35),
            ratio=0.011,
            size_bytes=Spread(median=90_000, low=50_000, high=150_000),
            total_bytes=2_300_000,
        ),
    )


def shown(figures: Figures) -> str:
    """As it goes into a pipe."""
    out = io.StringIO()
    print_figures(figures, console_for(out, {}, plain_width=PLAIN_WIDTH))
    return out.getvalue()


def test_everything_is_shown(snapshot: SnapshotAssertion) -> None:
    """Units in the headings, ratios beside what they are made of, notes below."""
    assert shown(everything()) == snapshot


def test_what_is_not_known_is_a_dash_or_a_line_of_its_own(snapshot: SnapshotAssertion) -> None:
    """Never a 0: a process without PSS, a step that has another name, a part that failed, one that ended."""
    first, *others = USAGE.components
    blind = replace(USAGE, components=(replace(first, pss_bytes=None), *others), ended=("controller",))
    figures = Figures(
        circumstances=CIRCUMSTANCES,
        bring_ups=[BringUp(steps_s={"renamed": 1.0}, healthy_s=None, total_s=2.0, cpu_s=1.0)],
        idle=Idle(usage=blind, scraping=None),
        missing=["mirroring: create: not within 60 s (last seen: 420 of 500 mirrors are like their sources)"],
    )
    assert shown(figures) == snapshot


def test_nothing_measured_is_no_table() -> None:
    """Interrupted before the first stack was up: the machine remains."""
    assert shown(Figures(circumstances=CIRCUMSTANCES)) == (
        "2 cores, 24.0 GiB, load 0.4 at the start; embedded stack at speed 60\n"
    )


@pytest.mark.parametrize(("load", "said"), [(1.0, False), (1.1, True)])
def test_a_busy_machine_is_said(load: float, said: bool) -> None:
    """More than half of the cores taken by others before anything was started."""
    figures = Figures(circumstances=replace(CIRCUMSTANCES, load=load))
    assert ("shared with other work" in circumstances_line(figures)) is said


def test_no_cell_is_cut_off_and_nothing_is_coloured_in_a_pipe() -> None:
    """A heading that does not fit would be cut with an ellipsis."""
    text = shown(everything())
    assert "…" not in text
    assert "\x1b" not in text


def test_a_terminal_gets_the_same_figures() -> None:
    """With other lines around them."""
    out = io.StringIO()
    print_figures(everything(), Console(file=out, force_terminal=True, width=160, color_system=None))
    assert "13.80" in out.getvalue()
    assert "+--" not in out.getvalue()


def test_the_json_has_the_ratios_too() -> None:
    """So that a reader does not compute them in another way; what was not measured is null or empty."""
    found = json.loads(everything().as_json())
    assert found["circumstances"] == {"cores": 2, "memory_bytes": 24 << 30, "load": 0.4, "speed": 60}
    assert found["waves"][0]["mirrors_per_s"] == pytest.approx(500 / 13.8)
    assert found["waves"][0]["per_plain"] == pytest.approx(500 / 13.8 / 156)
    assert found["waves"][0]["controller_ms_per_mirror"] == pytest.approx(8.2)
    assert found["waves"][1]["controller_ms_per_mirror"] is None
    assert found["pace"]["per_minute"] == pytest.approx(1_500 / 132)
    assert found["pace"]["holding_ratio"] == pytest.approx(1_500 / 132 / 60)
    assert found["idle"]["usage"]["components"][1]["cpu_ratio"] == 0.028
    assert found["bring_ups"][0]["steps_s"]["control plane"] == 3
    empty = json.loads(Figures(circumstances=CIRCUMSTANCES).as_json())
    assert (empty["bring_ups"], empty["idle"], empty["waves"], empty["pace"]) == ([], None, [], None)


def test_ratios_are_taken_within_one_bring_up() -> None:
    """A slow control plane beside its own slow scrape: the ratios of each, not the ratio of medians."""
    spread = everything().healthy_per_control_plane()
    assert spread is not None
    assert (spread.low, spread.median, spread.high) == pytest.approx((5.5 / 3, 7.5 / 4, 13 / 3.5))
