"""The chart on this machine: the one that was given, or one of the cache, which is filled once for each version."""

import hashlib
import shutil
from pathlib import Path

from harness.core.errors import CouldNotTellError
from harness.stacks.cluster.chart_options import ChartOptions
from harness.stacks.cluster.helm_program import Helm, helm_program
from harness.stacks.command import CommandFailedError
from harness.toolchain import Progress, Settings
from harness.toolchain.lock import exclusive

#: less than a megabyte, from a registry that may be slow
_PULL_TIMEOUT_S = 120.0
_ELSEWHERE = "--chart takes a mirror, a directory or an archive, and --monitoring operator does without the chart"


class ChartUnavailableError(CouldNotTellError):
    """The chart cannot be had."""


def chart_archive(options: ChartOptions, program: Path, settings: Settings, progress: Progress) -> Path:
    """Where the chart lies; fetched if it is not here. Two processes that want the same one at once share one download.

    What is fetched once is taken again from the cache, also without a network: a published version does not change.

    Args:
        options: which one.
        program: helm.
        settings: whose cache.
        progress: is told of a download.

    Raises:
        ChartUnavailableError: with Helm's own words.
    """
    if options.local is not None:
        return options.local
    key = hashlib.sha256(" ".join(options.pull).encode()).hexdigest()[:16]
    kept = settings.cache / "charts" / key
    doing = f"fetches the chart {options.title}"
    with exclusive(settings.cache / "locks" / f"chart-{key}.lock", doing=doing, progress=progress):
        if not kept.is_dir():
            with progress.step(f"fetching the chart {options.title}"):
                _pull(options, program, kept)
    return next(kept.glob("*.tgz"))


def fetch_chart(options: ChartOptions, settings: Settings, progress: Progress) -> None:
    """Brings helm and the chart, so that an installation then needs nothing from outside but images.

    Raises:
        ChartUnavailableError: the chart cannot be had.
        ToolUnavailableError: helm cannot be had.
    """
    chart_archive(options, helm_program(settings, progress), settings, progress)


def _pull(options: ChartOptions, program: Path, kept: Path) -> None:
    """Fills the directory, whole or not at all."""
    part = kept.with_name(f".{kept.name}")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(mode=0o700, parents=True)
    what = f"the chart {options.title} cannot be had"
    try:
        helm = Helm(program=program, home=part / "helm")
        helm.output(
            *("pull", *options.pull, "--destination", str(part)),
            what=what,
            fix=f"check the network and the proxy (HTTPS_PROXY); {_ELSEWHERE}",
            timeout_s=_PULL_TIMEOUT_S,
        )
        shutil.rmtree(helm.home, ignore_errors=True)
        part.rename(kept)
    except CommandFailedError as error:
        # a repository and a registry say it in words of their own; only the advice depends on them
        absent = "not found" in error.why.casefold()
        fix = f"check --chart and --chart-version; {_ELSEWHERE}" if absent else error.fix
        raise ChartUnavailableError(what, why=error.why, fix=fix) from error
    finally:
        shutil.rmtree(part, ignore_errors=True)
