"""Labels and annotations rendered by Prometheus's own code: `promtool test rules`, asked to name what it gets.

Each question becomes a rule with these templates over one series with these labels and this value; nothing is expected
of it, so promtool says what there is. Its `got:` has each alert's labels and annotations as Go quotes them:
https://github.com/prometheus/prometheus/blob/v3.13.5/cmd/promtool/unittest.go (`labelsAndAnnotations.String`)
"""

import math
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from harness.core.errors import CouldNotTellError
from harness.core.files.yaml_quotes import in_double_quotes
from harness.core.promql import equal_to, quoted
from harness.core.promql.number import unquoted
from harness.core.replay.labels import Element

#: of one call: so many take it a second or two
_MOST: Final = 2_000
_TIMEOUT_S: Final = 120.0
_GOT: Final = re.compile(r"^ +(Labels|Annotations):(\{.*\}),?$")
_PAIR: Final = re.compile(r'(?P<name>"(?:[^"\\]|\\.)*"|[a-zA-Z_]\w*)=(?P<value>"(?:[^"\\]|\\.)*")')
#: an annotation that says which question an alert answers
_WHICH: Final = "harness_question"


@dataclass(frozen=True, slots=True, kw_only=True)
class Templates:
    """What is to be rendered, of one alert of one rule."""

    alertname: str
    labels: Mapping[str, str]
    annotations: Mapping[str, str]
    #: what the rule's expression gave
    element: Element
    #: the instant of the evaluation
    at_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Rendered:
    """What templates come to; one that fails comes to Prometheus's words about it, as in an alert."""

    labels: Mapping[str, str]
    annotations: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateSetting:
    """What templates may read besides the series."""

    #: `external_labels`
    external_labels: Mapping[str, str] = field(default_factory=dict)
    #: `--web.external-url`
    external_url: str = ""


def render_alerts(
    asked: Sequence[Templates], promtool: Path, setting: TemplateSetting | None = None
) -> tuple[Rendered, ...]:
    """Renders all of them.

    Args:
        asked: none of them may ask Prometheus (`core.replay.templates.beyond_reach`).
        promtool: the program.
        setting: of the Prometheus.

    Raises:
        CouldNotTellError: promtool cannot be run, does not end, or does not say what was asked; so it is where one of
            the rules would not be loaded.
    """
    left = iter(asked)
    found: list[Rendered] = []
    while some := tuple(islice(left, _MOST)):
        found += _rendered(some, promtool, setting or TemplateSetting())
    return tuple(found)


def _rendered(asked: Sequence[Templates], promtool: Path, setting: TemplateSetting) -> Iterator[Rendered]:
    by_instant: dict[int, dict[int, Templates]] = {}
    for number, one in enumerate(asked):
        by_instant.setdefault(one.at_ms, {})[number] = one
    with TemporaryDirectory(prefix="templates-") as place:
        tests = []
        for at_ms, some in by_instant.items():
            rules, test = Path(place) / f"rules{at_ms}.yaml", Path(place) / f"tests{at_ms}.yaml"
            rules.write_text(_rules(some), encoding="utf-8")
            test.write_text(_tests(some, rules.name, at_ms, setting), encoding="utf-8")
            tests.append(test)
        said = _said(promtool, tests)
    alerts = _alerts(said)
    for number, one in enumerate(asked):
        if str(number) not in alerts:
            raise _silent(promtool, said)
        labels, annotations = alerts[str(number)]
        yield Rendered(
            labels={name: labels.get(name, "") for name in one.labels},
            annotations={name: annotations.get(name, "") for name in one.annotations},
        )


def _said(promtool: Path, tests: Sequence[Path]) -> str:
    try:
        done = subprocess.run([promtool, "test", "rules", *tests], capture_output=True, timeout=_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CouldNotTellError(
            "promtool could not render templates", why=str(error), fix=f"run `{promtool} test rules` by hand"
        ) from error
    return (done.stdout + done.stderr).decode(errors="surrogateescape")


def _silent(promtool: Path, said: str) -> CouldNotTellError:
    words = " ".join(said.split())[:300]
    return CouldNotTellError(
        "templates could not be rendered", why=f"promtool says: {words}", fix=f"check the rules: {promtool} check rules"
    )


def alert_text(line: str) -> tuple[str, Mapping[str, str]] | None:
    """What a line says of an alert: `Labels` or `Annotations`, and which; None for any other line."""
    if (one := _GOT.fullmatch(line)) is None:
        return None
    return one[1], {_plain(pair["name"]): _plain(pair["value"]) for pair in _PAIR.finditer(one[2])}


def _alerts(said: str) -> Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]]:
    """By question: labels and annotations."""
    found: dict[str, tuple[Mapping[str, str], Mapping[str, str]]] = {}
    labels: Mapping[str, str] = {}
    for line in said.split("\n"):
        if (one := alert_text(line)) is None:
            continue
        kind, pairs = one
        if kind == "Labels":
            labels = pairs
        elif _WHICH in pairs:
            found[pairs[_WHICH]] = (labels, pairs)
    return found


def _plain(text: str) -> str:
    return (unquoted(text) or "") if text.startswith('"') else text


def _rules(asked: Mapping[int, Templates]) -> str:
    lines = ["groups:", '- name: "asked"', "  rules:"]
    for number, one in asked.items():
        lines += [
            f"  - alert: {in_double_quotes(one.alertname)}",
            f"    expr: {in_double_quotes(_expr(number, one.element))}",
        ]
        for key, texts in (("labels", one.labels), ("annotations", {**one.annotations, _WHICH: str(number)})):
            if texts:
                lines.append(f"    {key}:")
                lines += [f"      {in_double_quotes(name)}: {in_double_quotes(text)}" for name, text in texts.items()]
    return "\n".join((*lines, ""))


def _tests(asked: Mapping[int, Templates], rules: str, at_ms: int, setting: TemplateSetting) -> str:
    # as a number it would be cut to the millisecond before
    at = datetime.fromtimestamp(at_ms / 1_000, UTC).strftime("%Y-%m-%dT%H:%M:%S")
    lines = [f"rule_files: [{rules}]", "tests:", "- interval: 1m"]
    lines.append(f'  start_timestamp: "{at}.{at_ms % 1_000:03d}Z"')
    if setting.external_url:
        lines.append(f"  external_url: {in_double_quotes(setting.external_url)}")
    if setting.external_labels:
        lines.append("  external_labels:")
        lines += [
            f"    {in_double_quotes(name)}: {in_double_quotes(value)}"
            for name, value in setting.external_labels.items()
        ]
    lines.append("  input_series:")
    for number, one in asked.items():
        matchers = ", ".join(equal_to(*label) for label in one.element.labels if label[0] != "__name__")
        lines.append(f"  - {{series: {in_double_quotes(f'{_series(number)}{{{matchers}}}')}, values: '1'}}")
    lines.append("  alert_rule_test:")
    names = dict.fromkeys(one.alertname for one in asked.values())
    lines += [f"  - {{eval_time: 0s, alertname: {in_double_quotes(name)}, exp_alerts: []}}" for name in names]
    return "\n".join((*lines, ""))


def _series(number: int) -> str:
    return f"harness_asked_{number}"


def _expr(number: int, element: Element) -> str:
    """The series with that value, which takes its name away; the one it shall have is put on it."""
    times = f"{_series(number)} * {_number(element.value)}"
    name = dict(element.labels).get("__name__")
    return times if name is None else f'label_replace({times}, "__name__", {quoted(name.replace("$", "$$"))}, "", "")'


def _number(value: float) -> str:
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "Inf" if value > 0 else "-Inf"
    return repr(value)
