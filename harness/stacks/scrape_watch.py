"""Whether waiting for the first healthy scrape of a controller can still help, as far as the Kubernetes API tells.

A label that does not match, a port that is not there, a container that crashes: none of them changes by waiting.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

from harness.clients.endpoint import answered
from harness.clients.prometheus import PrometheusReader
from harness.core.judge.preflight import Installed, judge_scraping
from harness.core.promql import equal_to
from harness.waiting import NotYet

#: between two looks, which are a dozen requests each: seconds
_EVERY_S = 0.5


def scraped(prometheus: PrometheusReader, job: str) -> NotYet | None:
    """Whether every target of a job is up, and there is one."""
    found = answered(lambda: prometheus.instant(f"up{{{equal_to('job', job)}}}"))
    if isinstance(found, NotYet):
        return found
    up = [one for one in found if one.points[0].value == 1]
    all_of_them = bool(up) and len(up) == len(found)
    return None if all_of_them else NotYet(f"{len(up)} of {len(found)} targets of job {job} are up")


@dataclass(slots=True, kw_only=True)
class ScrapeWatch:
    """Asked again and again, beside the question whether it is scraped by now."""

    #: the facts of this moment
    read: Callable[[], Installed]
    #: how long a controller that is ready, behind a monitor that fits, may take to be scraped
    after_ready_s: float
    #: monotonic seconds
    clock: Callable[[], float] = time.monotonic
    _began_s: float | None = field(default=None, init=False)
    _ready_s: float | None = field(default=None, init=False)
    _looked_s: float | None = field(default=None, init=False)
    _in_vain: bool = field(default=False, init=False)

    def in_vain(self) -> bool:
        """True once there is nothing to wait for any more; the preflight judge then says why.

        Raises:
            ApiUnreachableError: the API server does not answer.
        """
        now_s = self.clock()
        if self._began_s is None:
            self._began_s = now_s
        if not self._in_vain and (self._looked_s is None or now_s - self._looked_s >= _EVERY_S):
            self._looked_s = now_s
            self._in_vain = self._look(now_s - self._began_s, now_s)
        return self._in_vain

    def _look(self, waited_s: float, now_s: float) -> bool:
        controller, target = judge_scraping(self.read(), waited_s=waited_s)
        if controller.broken or target.broken:
            return True
        if not controller.holds:
            self._ready_s = None
        elif self._ready_s is None:
            self._ready_s = now_s
        return self._ready_s is not None and now_s - self._ready_s >= self.after_ready_s
