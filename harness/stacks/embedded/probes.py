"""Probes: whether what runs on the stack answers; each looks once, from this process."""

import json
import socket
import urllib.parse
import urllib.request
from http.client import HTTPException

from harness.core.promql import equal_to
from harness.stacks.embedded.plan import HARNESS_NAMESPACE, Plan
from harness.stacks.process import last_line
from harness.waiting import NotYet

#: a proxy of the user's environment has no business between this process and its own loopback
_DIRECT = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ready(url: str) -> NotYet | None:
    """Whether Prometheus answers queries."""
    try:
        with _DIRECT.open(url, timeout=5):
            return None
    except (OSError, HTTPException) as error:
        return NotYet(f"{url}: {error}")


def scraped(address: str, service: str) -> bool | NotYet:
    """Whether a target of the service is up; why that is not known, where Prometheus at this address does not say."""
    query = urllib.parse.quote(f"up{{{equal_to('job', service)}}} == 1")
    try:
        with _DIRECT.open(f"http://{address}/api/v1/query?query={query}", timeout=5) as answer:
            return bool(json.load(answer)["data"]["result"])
    except (OSError, HTTPException) as error:
        return NotYet(f"Prometheus: {error}")


def answers(url: str, plan: Plan) -> NotYet | None:
    """Whether somebody listens there; if not, the last words of the harness's own pods."""
    place = urllib.parse.urlsplit(url)
    try:
        with socket.create_connection((place.hostname, place.port or 0), timeout=1):
            return None
    except OSError as error:
        logs = sorted((plan.run.directory / "pods").glob(f"{HARNESS_NAMESPACE}_*/*/*.log"))
        words = [f"{log.parent.name} said {last_line(log)}" for log in logs]
        return NotYet("; ".join([str(error), *(words or ["its pod has not been started"])]))
