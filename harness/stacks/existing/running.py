"""What a Prometheus that is running says of its own times: the operator's object says only what they should be."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, TypeVar
from urllib.parse import quote

import requests
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from harness.core.duration import PromDuration
from harness.core.errors import CouldNotTellError
from harness.core.operator.reading import Field, ShapeError
from harness.core.rules.speed import LOOKBACK
from harness.core.timing_flags import RESEND_DELAY

T = TypeVar("T")

#: what Prometheus takes where its configuration names no interval:
#: https://prometheus.io/docs/prometheus/latest/configuration/configuration/#configuration-file
_INTERVAL: Final = PromDuration(60_000)
_TIMEOUT_S: Final = 10.0
_RESEND_FLAG: Final = "rules.alert.resend-delay"
_LOOKBACK_FLAG: Final = "query.lookback-delta"
_PROMETHEUS, _ALERTMANAGER = "Prometheus", "Alertmanager"


class NoAnswerError(CouldNotTellError):
    """Prometheus or Alertmanager does not answer as one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RunningTimes:
    """As it runs now."""

    #: of jobs without their own
    scrape_interval: PromDuration
    #: of groups without their own
    evaluation_interval: PromDuration
    #: `--rules.alert.resend-delay`
    resend_delay: PromDuration
    #: `--query.lookback-delta`
    lookback: PromDuration = LOOKBACK


def running_times(url: str) -> RunningTimes:
    """Asks it.

    Args:
        url: without a slash at the end.

    Raises:
        NoAnswerError: it does not answer, or as no Prometheus does.
    """
    flags = _answer(url, "/api/v1/status/flags", _PROMETHEUS)
    try:
        settings = _global(configuration(url))
        return RunningTimes(
            scrape_interval=settings.at("scrape_interval").duration() or _INTERVAL,
            evaluation_interval=settings.at("evaluation_interval").duration() or _INTERVAL,
            resend_delay=flags.at("data", _RESEND_FLAG).duration() or RESEND_DELAY,
            lookback=flags.at("data", _LOOKBACK_FLAG).duration() or LOOKBACK,
        )
    except (ShapeError, YAMLError) as error:
        raise _no_answer(url, _PROMETHEUS, str(error)) from error


def configuration(url: str) -> str:
    """What a Prometheus has loaded, as YAML.

    Raises:
        NoAnswerError: it does not answer, or as no Prometheus does.
    """
    return _read(url, "/api/v1/status/config", _PROMETHEUS, lambda answer: answer.at("data", "yaml").text())


def rule_files(url: str) -> tuple[str, ...]:
    """The files of the groups that a Prometheus has loaded, each once.

    Raises:
        NoAnswerError: it does not answer, or as no Prometheus does.
    """

    def files(answer: Field) -> set[str]:
        return {one.at("file").text() for one in answer.at("data", "groups").items()}

    return tuple(sorted(_read(url, "/api/v1/rules", _PROMETHEUS, files)))


def alertmanager_configuration(url: str) -> str:
    """What an Alertmanager has loaded, as YAML, without its secrets.

    Raises:
        NoAnswerError: it does not answer, or as no Alertmanager does.
    """
    return _read(url, "/api/v2/status", _ALERTMANAGER, lambda answer: answer.at("config", "original").text())


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenAlert:
    """An alert that an Alertmanager takes for active, silenced and inhibited ones included."""

    fingerprint: str
    #: alertname, for people
    title: str
    #: when it was last sent, as Alertmanager writes it
    updated_at: str


def taken_alerts(url: str, receivers: str) -> tuple[TakenAlert, ...]:
    """The alerts that an Alertmanager routes to some receivers.

    `receiver` of https://github.com/prometheus/alertmanager/blob/v0.28.1/api/v2/openapi.yaml is a regular expression,
    anchored at both ends.

    Args:
        url: without a slash at the end.
        receivers: a regular expression of their names.

    Raises:
        NoAnswerError: it does not answer, or as no Alertmanager does.
    """

    def alerts(answer: Field) -> list[TakenAlert]:
        return [
            TakenAlert(
                fingerprint=one.at("fingerprint").text(),
                title=one.at("labels", "alertname").text(),
                updated_at=one.at("updatedAt").text(),
            )
            for one in answer.items()
        ]

    return tuple(_read(url, f"/api/v2/alerts?receiver={quote(receivers, safe='')}", _ALERTMANAGER, alerts))


def answering_alertmanager(url: str) -> None:
    """Asks an Alertmanager whether it is one.

    Raises:
        NoAnswerError: it does not answer, or as no Alertmanager does.
    """
    if not _read(url, "/api/v2/status", _ALERTMANAGER, lambda answer: answer.at("config").present):
        raise _no_answer(url, _ALERTMANAGER, "its status has no config")


def _read(url: str, path: str, title: str, look: Callable[[Field], T]) -> T:
    """What is in an answer (raises NoAnswerError where there is none, or not that)."""
    answer = _answer(url, path, title)
    try:
        return look(answer)
    except ShapeError as error:
        raise _no_answer(url, title, str(error)) from error


def _global(text: str) -> Field:
    """The block of that name alone: a whole configuration of hundreds of jobs takes seconds to read."""
    block: list[str] = []
    for line in text.splitlines():
        if block and not line.startswith(" "):
            break
        if block or line.rstrip() == "global:":
            block.append(line)
    return Field("", YAML(typ="safe", pure=True).load("\n".join(block))).at("global")


def _answer(url: str, path: str, what: str) -> Field:
    with requests.Session() as session:
        # neither proxies nor .netrc: whoever asks it later, for the verdicts, does without them too
        session.trust_env = False
        try:
            answer = session.get(f"{url}{path}", timeout=_TIMEOUT_S)
            answer.raise_for_status()
            found = answer.json()
        except (requests.RequestException, ValueError) as error:
            raise _no_answer(url, what, str(error)) from error
    return Field("", found)


def _no_answer(url: str, what: str, why: str) -> NoAnswerError:
    return NoAnswerError(
        f"{url} does not answer as {what} does",
        why=why,
        fix=f"check the address with: curl --noproxy '*' {url}/-/ready",
    )
