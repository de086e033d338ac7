"""Texts are rendered by amtool, for what is told as firing and, where ends are told, for what is over."""

import json
import sys
from pathlib import Path

import pytest

from harness.core.errors import CouldNotTellError
from harness.core.operator.integration import Integration, integrations
from harness.core.operator.reading import Field
from harness.toolchain.amtool_templates import text_faults

_ALERTS = ({"alertname": "A", "severity": "critical"}, {"alertname": "B", "severity": "warning"})


def _amtool(tmp_path: Path, body: str) -> Path:
    """A program in place of amtool: Python, with its options and the data of the alert."""
    path = tmp_path / "amtool"
    head = (
        "import glob, json, sys\n"
        "options = dict(word[2:].split('=', 1) for word in sys.argv[1:] if word.startswith('--'))\n"
        "data = json.load(open(options['template.data']))\n"
        "print(json.dumps([options['template.type'], options['template.text'], data['status'],"
        " data['commonLabels']['alertname'], [open(one).read() for one in glob.glob(options['template.glob'])]]),"
        f" file=open({str(tmp_path / 'asked')!r}, 'a'))\n"
    )
    path.write_text(f"#!{sys.executable} -ISE\n{head}{body}")
    path.chmod(0o755)
    return path


def _asked(tmp_path: Path) -> list[list[object]]:
    return [json.loads(line) for line in (tmp_path / "asked").read_text().splitlines()]


def _found(kind: str, **fields: object) -> tuple[Integration, ...]:
    return integrations(Field("r", {kind: [fields]}))


def test_every_text_is_rendered_for_every_alert(tmp_path: Path) -> None:
    """Firing and resolved, with Alertmanager's own files beside; an email's page as HTML."""
    amtool = _amtool(tmp_path, "")
    found = _found("emailConfigs", html="{{ .Status }}", sendResolved=True)
    assert text_faults(amtool, found, _ALERTS, receiver="team", files={"x": "own"}) == ()
    assert _asked(tmp_path) == [
        ["html", "{{ .Status }}", status, alert, ["own"]] for status in ("firing", "resolved") for alert in ("A", "B")
    ]


def test_a_destination_that_is_told_of_no_ends_is_not_asked_for_one(tmp_path: Path) -> None:
    """A text that cannot be rendered for an end does no harm there."""
    amtool = _amtool(tmp_path, "sys.exit(data['status'] == 'resolved')")
    assert text_faults(amtool, _found("slackConfigs", title="{{ . }}"), _ALERTS, receiver="team", files={}) == ()
    assert [asked[2] for asked in _asked(tmp_path)] == ["firing", "firing"]


def test_a_text_that_fails_is_told_once_with_the_engines_words(tmp_path: Path) -> None:
    """For the first alert for which it does."""
    refusal = "if data['commonLabels']['severity'] == 'warning': sys.exit('amtool: error: no such function')"
    found = _found("slackConfigs", title="{{ x }}", sendResolved=True)
    (fault,) = text_faults(_amtool(tmp_path, refusal), found, _ALERTS, receiver="team", files={})
    assert (fault.path, fault.alert, fault.status) == ("r.slackConfigs[0].title", "B", "firing")
    assert (fault.why, fault.unknown_template) == ("no such function", False)


@pytest.mark.parametrize(
    ("why", "known", "strange"),
    [
        ('template "shop.title" not defined', False, True),
        ('template "shop.title" not defined', True, False),
        ('template: :1: function "toUper" not defined', False, False),
    ],
)
def test_a_template_may_be_somebody_elses(tmp_path: Path, why: str, *, known: bool, strange: bool) -> None:
    """Where Alertmanager's files are not known; a function that there is not is nobody's."""
    amtool = _amtool(tmp_path, f"sys.exit({why!r})")
    found = _found("slackConfigs", text="{{ x }}")
    (fault,) = text_faults(amtool, found, _ALERTS, receiver="team", files={}, files_known=known)
    assert fault.unknown_template is strange


def test_no_amtool_is_no_answer(tmp_path: Path) -> None:
    """Nothing is guessed."""
    with pytest.raises(CouldNotTellError, match="did not answer"):
        text_faults(tmp_path / "none", _found("slackConfigs", text="{{ x }}"), _ALERTS, receiver="team", files={})
