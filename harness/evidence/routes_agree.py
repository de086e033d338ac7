"""Whether those who were told of an alert are those whom amtool names for it."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from harness.clients.receiver import short_name
from harness.core.alertmanager.delivery import Delivery
from harness.core.alertmanager.routes import loaded_routes
from harness.core.errors import HarnessError
from harness.core.judge import Judgement
from harness.core.judge.agreeing import Told, Walked, judge_routes_agree
from harness.toolchain import Progress, ToolName, ensure
from harness.toolchain.amtool_routes import receivers_of_all

#: by a configuration: the receivers for each of these labels
Ask = Callable[[str, Iterable[Mapping[str, str]]], tuple[tuple[str, ...], ...]]


def asked(config: str, alerts: Iterable[Mapping[str, str]]) -> tuple[tuple[str, ...], ...]:
    """The receivers that amtool names for each of these labels.

    Raises:
        CouldNotTellError: it refuses, or cannot be had.
    """
    amtool = ensure([ToolName.AMTOOL], Progress())[ToolName.AMTOOL].path
    return receivers_of_all(amtool, config, alerts)


def judge_told(config: str, told: tuple[Told, ...], *, slack_s: float, ask: Ask = asked) -> Judgement:
    """Of these alerts, by this configuration; on a busy machine sending takes `slack_s`.

    Raises:
        CouldNotTellError: the configuration cannot be read.
    """
    routes = loaded_routes(config)
    try:
        answers = ask(config, [one.labels for one in told])
    except HarnessError as error:
        return judge_routes_agree((), routes, slack_s=slack_s, why_not=str(error))
    walked = [Walked(told=one, named=tuple(map(short_name, names))) for one, names in zip(told, answers, strict=True)]
    return judge_routes_agree(walked, routes, slack_s=slack_s)


def shortened(deliveries: Iterable[Delivery]) -> tuple[Delivery, ...]:
    """Under the receivers' own names: the operator puts the place of its object before them."""
    return tuple(replace(one, receiver=short_name(one.receiver)) for one in deliveries)
