"""A plan: what is done to the writes that arrive at one path of the fault webhook.

The path is the whole configuration, so undoing a fault is deleting the object that names the path, also after a crash
of whoever made it. `/delay/6s` delays every write by 6 s, `/delay/6s/0.1` every tenth, `/deny/0.2` denies every fifth,
`/delay/2s/0.5/deny/0.1` does both.
"""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

from harness.core.duration import PromDuration
from harness.core.errors import MisuseError

#: the API server gives up on a webhook after at most 30 s; one second is left for the answer to travel.
#: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#timeouts
LONGEST_DELAY_S = 29.0

_PATH = re.compile(
    r"(?:/delay/(?P<delay>[0-9a-z]+)(?:/(?P<delay_share>[0-9.]+))?)?(?:/deny/(?P<deny_share>[0-9.]+))?/?", re.ASCII
)
_SHARE = re.compile(r"1(?:\.0{1,6})?|0\.[0-9]{1,6}", re.ASCII)
_FIX = "write /delay/<duration>[/<share>] and/or /deny/<share>, e.g. /delay/6s/0.1 or /deny/0.2"


class BadPlanError(MisuseError):
    """The path is no plan that the webhook could follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What happens to one write."""

    #: how long the answer is held back, 0 for not at all
    delay_s: float
    denied: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class WriteFaults:
    """A delay for a share of the writes and a denial for a share of the writes, both counted on the same writes."""

    #: above 0 and up to 29; 0 for a plan that delays nothing
    delay_s: float
    #: 0 to 1, exact; 0 with `delay_s` 0
    delay_share: Fraction
    #: 0 to 1, exact
    deny_share: Fraction

    @classmethod
    def parse(cls, path: str) -> Self:
        """Reads the path of a URL.

        Raises:
            BadPlanError: the path names no fault, a delay the API server would not wait for, or a share that is none.
        """
        found = _PATH.fullmatch(path)
        if found is None or path in {"", "/"}:
            raise BadPlanError(f"path {path!r} names no fault", why="it is neither a delay nor a denial", fix=_FIX)
        return cls(
            delay_s=_delay_s(found["delay"]) if found["delay"] else 0.0,
            delay_share=_share(found["delay_share"] or "1") if found["delay"] else Fraction(0),
            deny_share=_share(found["deny_share"]) if found["deny_share"] else Fraction(0),
        )

    @property
    def path(self) -> str:
        """The path that reads back as this plan."""
        parts = []
        if self.delay_s:
            parts.append(f"/delay/{PromDuration(round(self.delay_s * 1000))}")
            parts.append("" if self.delay_share == 1 else f"/{_written(self.delay_share)}")
        if self.deny_share:
            parts.append(f"/deny/{_written(self.deny_share)}")
        return "".join(parts)

    def decide(self, count: int) -> Action:
        """What happens to the `count`-th write, counted from 1.

        The shares are met by error diffusion: of the first n writes exactly ceil(n * share) are hit, evenly spread, so
        that a share holds over any window and not only on average. The first write is hit: where one share follows
        another, no stretch is longer without a hit than either makes it.
        """
        return Action(
            delay_s=self.delay_s if _is_hit(self.delay_share, count) else 0.0,
            denied=_is_hit(self.deny_share, count),
        )


def _is_hit(share: Fraction, count: int) -> bool:
    return (share * count).__ceil__() > (share * (count - 1)).__ceil__()


def _delay_s(text: str) -> float:
    try:
        delay_s = PromDuration.parse(text).seconds
    except MisuseError as error:
        raise BadPlanError(f"delay {text!r} is not a duration", why=error.why, fix=_FIX) from error
    if not 0 < delay_s <= LONGEST_DELAY_S:
        raise BadPlanError(
            f"delay {text!r} is out of range",
            why="the API server waits for a webhook for 30 s at most",
            fix=f"choose a delay above 0 s and up to {LONGEST_DELAY_S:g}s",
        )
    return delay_s


def _share(text: str) -> Fraction:
    share = Fraction(text) if _SHARE.fullmatch(text) else Fraction(0)
    if share == 0:
        raise BadPlanError(
            f"share {text!r} is out of range",
            why="a share is above 0 and up to 1, with at most 6 decimals; 0.2 is 20 %",
            fix=_FIX,
        )
    return share


def _written(share: Fraction) -> str:
    return f"{float(share):.6f}".rstrip("0").rstrip(".")
