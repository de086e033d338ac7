"""The webhook's server: admission reviews in, answers out as the plan in the path says.

A dry-run write is answered at once, is not counted and takes no share: it is how a fault proves, through the API
server itself, that it is in effect (the answer carries a warning, which the API server hands on to the writer).
The protocol: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from aiohttp import web

from harness.agents.webhook.effect import effect_warning
from harness.agents.webhook.plan import Action, WriteFaults
from harness.core.errors import HarnessError
from harness.core.system_words import reason_of

#: how many different paths are kept apart; a fault uses one, so this only bounds a stray client
_MOST_PATHS = 1_000
#: the largest write etcd takes is 1.5 MiB; a review carries the old and the new object
_LARGEST_REVIEW_BYTES = 8 * 1024 * 1024


#: passes the time, seconds
Pause = Callable[[float], Awaitable[None]]


@dataclass(slots=True, kw_only=True)
class Count:
    """What happened at one path so far."""

    seen: int = 0
    delayed: int = 0
    denied: int = 0
    #: dry runs, which are in none of the others
    proved: int = 0
    #: delayed writes whose answer is still held back
    waiting: int = 0
    #: writes per resource
    seen_of: dict[str, int] = field(default_factory=dict)

    def next(self, plan: WriteFaults, resource: str) -> Action:
        """Counts one more write and says what happens to it.

        Each resource has a count, and thereby an exact share, of its own. With one count for all, writes of two kinds
        that take turns fall into step with the share: seen once, every denial hit secrets and none hit configmaps.
        """
        self.seen += 1
        self.seen_of[resource] = self.seen_of.get(resource, 0) + 1
        action = plan.decide(self.seen_of[resource])
        self.delayed += action.delay_s > 0
        self.denied += action.denied
        return action


COUNTS = web.AppKey("counts", dict[str, Count])
_PAUSE: web.AppKey[Pause] = web.AppKey("pause")


def application(pause: Pause = asyncio.sleep) -> web.Application:
    """The web application: reviews on any path, `GET /healthz`, and `GET /counts` as a witness.

    Args:
        pause: holds an answer back.
    """
    app = web.Application(client_max_size=_LARGEST_REVIEW_BYTES)
    app[COUNTS] = {}
    app[_PAUSE] = pause
    app.router.add_get("/healthz", _healthz)
    app.router.add_get("/counts", _counts)
    app.router.add_post("/{plan:.*}", _review)
    return app


async def _healthz(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def _counts(request: web.Request) -> web.Response:
    counts = request.app[COUNTS]
    return web.json_response(
        {
            path: {
                "seen": count.seen,
                "delayed": count.delayed,
                "denied": count.denied,
                "proved": count.proved,
                "waiting": count.waiting,
            }
            for path, count in counts.items()
        }
    )


async def _review(request: web.Request) -> web.Response:
    try:
        plan = WriteFaults.parse(request.path)
    except HarnessError as error:
        return web.json_response({"what": error.what, "why": error.why, "fix": error.fix}, status=400)
    try:
        review = await request.json()
        asked = review["request"]
        uid, dry_run = str(asked["uid"]), asked.get("dryRun") is True
        resource = str(asked.get("resource", {}).get("resource", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        return web.json_response(
            {
                "what": "body is not an admission review",
                "why": reason_of(error),
                "fix": "send an AdmissionReview of admission.k8s.io/v1",
            },
            status=400,
        )
    counts = request.app[COUNTS]
    if plan.path not in counts and len(counts) >= _MOST_PATHS:
        return web.json_response(
            {
                "what": f"path {plan.path} is one too many",
                "why": f"{_MOST_PATHS} are counted",
                "fix": "start the webhook again",
            },
            status=400,
        )
    count = counts.setdefault(plan.path, Count())
    if dry_run:
        count.proved += 1
        return _answer(uid, warning=effect_warning(plan.path))
    action = count.next(plan, resource)
    if action.delay_s:
        count.waiting += 1
        try:
            await request.app[_PAUSE](action.delay_s)
        finally:
            count.waiting -= 1
    return _answer(uid, denied_by=plan.path if action.denied else None)


def _answer(uid: str, *, denied_by: str | None = None, warning: str | None = None) -> web.Response:
    response: dict[str, object] = {"uid": uid, "allowed": denied_by is None}
    if denied_by is not None:
        # 400 is what the API server itself makes of a bare denial. Clients neither log in again (403) nor repeat the
        # call silently (5xx), so one denied write is one failed reconcile and the share stays exact.
        response["status"] = {"code": 400, "message": f"kubemirror-harness: denied by fault {denied_by}"}
    if warning is not None:
        response["warnings"] = [warning]
    return web.json_response({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview", "response": response})
