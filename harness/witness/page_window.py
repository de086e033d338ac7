"""A window over pages: how much the counters of all pods rose over the last so many seconds."""

import itertools
from collections import deque
from collections.abc import Mapping

from harness.core.exposition import Page, PageSample

Key = tuple[str, tuple[tuple[str, str], ...]]


class PageWindow:
    """Keeps the pages of the last `window_s` seconds of each process, and one older one to measure from.

    A counter that falls was reset and began again at zero; a process that vanished keeps its rise until its pages are
    older than the window, as in Prometheus.
    """

    def __init__(self, window_s: float) -> None:
        """Args: length of the window in seconds of the clock."""
        self._window_s = window_s
        self._pages: dict[str, deque[Page]] = {}

    def add(self, pages: tuple[Page, ...]) -> None:
        """Takes the newest pages, one per process."""
        for page in pages:
            self._pages.setdefault(page.source, deque()).append(page)
        newest_s = max((page.at_s for page in pages), default=0.0)
        for source, kept in list(self._pages.items()):
            while len(kept) > 1 and kept[1].at_s <= newest_s - self._window_s:
                kept.popleft()
            if kept[-1].at_s <= newest_s - self._window_s:
                del self._pages[source]

    @property
    def covered_s(self) -> float:
        """Seconds between the oldest and the newest page of the process watched longest; 0 with fewer than two."""
        return max((kept[-1].at_s - kept[0].at_s for kept in self._pages.values()), default=0.0)

    def rises(self, name: str, labels: Mapping[str, str]) -> list[tuple[PageSample, float]]:
        """For each series of this name and these labels: its newest sample, and its rise over the window."""
        found: list[tuple[PageSample, float]] = []
        for kept in self._pages.values():
            newest = {_key(sample): sample for sample in kept[-1].samples(name) if _matches(sample, labels)}
            values: dict[Key, list[float]] = {key: [] for key in newest}
            for page in kept:
                for sample in page.samples(name):
                    if _key(sample) in values:
                        values[_key(sample)].append(sample.value)
            found.extend((sample, _rise(values[key])) for key, sample in newest.items())
        return found


def _rise(values: list[float]) -> float:
    return sum(after if after < before else after - before for before, after in itertools.pairwise(values))


def _matches(sample: PageSample, labels: Mapping[str, str]) -> bool:
    return all(sample.labels.get(label) == value for label, value in labels.items())


def _key(sample: PageSample) -> Key:
    return sample.name, tuple(sorted(sample.labels.items()))
