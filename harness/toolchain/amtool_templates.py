"""Whether Alertmanager can render the texts of a destination: asked of amtool, which has its template engine.

https://github.com/prometheus/alertmanager/blob/v0.31.1/cli/template_render.go; the data:
https://prometheus.io/docs/alerting/latest/notifications/#data
"""

import json
import subprocess
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Literal

from harness.core.errors import CouldNotTellError
from harness.core.judge.destinations import TextFault
from harness.core.operator.integration import Integration, Text

_TIMEOUT_S = 20.0
#: any instants: a text is rendered for one that fires and one that has ended
_BEGAN, _ENDED, _NEVER = "2020-01-01T00:00:00Z", "2020-01-01T00:10:00Z", "0001-01-01T00:00:00Z"
Status = Literal["firing", "resolved"]


def text_faults(
    amtool: Path,
    found: Sequence[Integration],
    alerts: Iterable[Mapping[str, str]],
    *,
    receiver: str,
    files: Mapping[str, str],
    files_known: bool = True,
) -> tuple[TextFault, ...]:
    """The texts that cannot be rendered for one of the alerts, each told once.

    Args:
        amtool: of Alertmanager's version.
        found: the destinations.
        alerts: labels, `alertname` among them.
        receiver: its name, which texts can show.
        files: name -> content of Alertmanager's own template files.
        files_known: whether these are all; if not, a template that is not found may be in another.

    Raises:
        CouldNotTellError: amtool does not answer.
    """
    faults: list[TextFault] = []
    known = tuple(alerts)
    with tempfile.TemporaryDirectory() as place:
        for number, content in enumerate(files.values()):
            Path(place, f"{number}.tmpl").write_text(content, encoding="utf-8")
        for one in found:
            statuses: tuple[Status, ...] = ("firing", "resolved") if one.ends_told else ("firing",)
            cases = [(status, labels) for status in statuses for labels in known]
            for text in one.texts:
                faults += _first_fault(amtool, Path(place), text, cases, receiver=receiver, files_known=files_known)
    return tuple(faults)


def _first_fault(
    amtool: Path,
    place: Path,
    text: Text,
    cases: Iterable[tuple[Status, Mapping[str, str]]],
    *,
    receiver: str,
    files_known: bool,
) -> tuple[TextFault, ...]:
    for status, labels in cases:
        data = place / "data.json"
        data.write_text(json.dumps(_data(status, labels, receiver)), encoding="utf-8")
        why = _refusal(amtool, place, text, data)
        if why:
            strange = "template" in why and "not defined" in why and not files_known and "function" not in why
            alert = labels.get("alertname", "")
            return (TextFault(path=text.path, alert=alert, status=status, why=why, unknown_template=strange),)
    return ()


def _refusal(amtool: Path, place: Path, text: Text, data: Path) -> str:
    """Why it cannot be rendered; empty if it can."""
    command: list[str | Path] = [amtool, "template", "render", f"--template.glob={place}/*.tmpl"]
    command += [f"--template.type={'html' if text.html else 'text'}", f"--template.data={data}"]
    command += [f"--template.text={text.template}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise CouldNotTellError(
            f"{amtool} did not answer", why=str(error), fix="see `harness doctor` for which amtool is in use"
        ) from error
    words = done.stderr.strip() or done.stdout.strip() or f"amtool ended with status {done.returncode}"
    return words.removeprefix("amtool: error: ") if done.returncode else ""


def _data(status: Status, labels: Mapping[str, str], receiver: str) -> object:
    annotations = {"summary": "a summary", "description": "a description", "runbook_url": "https://example.com/"}
    alert = {
        "status": status,
        "labels": dict(labels),
        "annotations": annotations,
        "startsAt": _BEGAN,
        "endsAt": _ENDED if status == "resolved" else _NEVER,
        "generatorURL": "http://prometheus/graph",
        "fingerprint": "0123456789abcdef",
    }
    return {
        "receiver": receiver,
        "status": status,
        "alerts": [alert],
        "groupLabels": {"alertname": labels.get("alertname", "")},
        "commonLabels": dict(labels),
        "commonAnnotations": annotations,
        "externalURL": "http://alertmanager",
    }
