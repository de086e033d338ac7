"""The subject's own objects at a speed: its files are read, what the operator would refuse is misuse."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from harness.core.contract.subject import Subject
from harness.core.errors import MisuseError
from harness.core.operator.reading import Field
from harness.core.operator.receiver import TOKEN
from harness.core.rules.speed import Speed
from harness.home import DEFAULT_SUBJECT
from harness.stacks.checked import checked_chart
from harness.stacks.scrape_profile import KIND
from harness.stacks.subject_objects import SubjectObjects, subject_objects, title
from harness.subject_reader import read_subject

_SUBJECT, _ = read_subject(DEFAULT_SUBJECT)


def made(subject: Subject = _SUBJECT, *, factor: float = 15) -> SubjectObjects:
    """The objects on a kind stack."""
    speed = Speed(factor)
    return subject_objects(
        subject,
        speed,
        chart=checked_chart(_SUBJECT, KIND, speed),
        floor=KIND.floor,
        receiver_url="http://receiver/notify/",
        receiver_token="secret",  # noqa: S106 - of an invented receiver
    )


def test_each_object_is_of_its_kind_and_named_in_messages() -> None:
    """By kind, namespace and name, as a person looks for it."""
    objects = made()
    names = [title(one) for one in (objects.token, objects.monitor, *objects.routes, objects.rule)]
    assert [name.partition(" ")[0] for name in names] == [
        "Secret",
        "ServiceMonitor",
        "AlertmanagerConfig",
        "PrometheusRule",
    ]
    namespace = Field("", objects.routing).at("metadata", "namespace").text()
    assert names[0] == f"Secret {namespace}/{TOKEN.name}"


def test_every_clock_is_divided_and_none_is_under_the_floor() -> None:
    """Scrape interval and groups' intervals: documented 30 s."""
    for factor, interval in ((15, "2s"), (30, "1s"), (90, "500ms")):
        objects = made(factor=factor)
        endpoints = Field("", objects.monitor).at("spec", "endpoints").items()
        groups = Field("", objects.rule).at("spec", "groups").items()
        assert {one.at("interval").text() for one in (*endpoints, *groups)} == {interval}


@pytest.mark.parametrize(
    ("factor", "monitor", "slowest_s"), [(15, "30s", 2.0), (0.1, "30s", 300.0), (15, "5m", 20.0)], ids=str
)
def test_the_slowest_is_whatever_comes_least_often(
    tmp_path: Path, factor: float, monitor: str, slowest_s: float
) -> None:
    """Scrapes, where the monitor asks for fewer; on the clock, which slow motion makes long."""
    file = tmp_path / "monitor.yaml"
    own = Path(_SUBJECT.files.service_monitor).read_text(encoding="utf-8")
    file.write_text(own.replace("interval: 30s", f"interval: {monitor}"))
    subject = replace(_SUBJECT, files=replace(_SUBJECT.files, service_monitor=file))
    assert made(subject, factor=factor).slowest_s == slowest_s


def test_the_groups_are_those_that_are_applied() -> None:
    """Of all it is asked whether they are in force."""
    objects = made()
    applied = [group.at("name").text() for group in Field("", objects.rule).at("spec", "groups").items()]
    assert list(objects.groups) == applied


def test_the_receiver_has_the_operator_s_name_for_it() -> None:
    """Namespace and name of its AlertmanagerConfig before its own."""
    objects = made()
    routing = Field("", objects.routing)
    own = routing.at("spec", "route", "receiver").text()
    (route,) = objects.routes
    assert objects.receiver == f"{title(route).partition(' ')[2]}/{own}"
    assert objects.receiver.endswith("/kubemirror-team")


def test_the_token_shows_in_no_message() -> None:
    """It is in the Secret, and there alone."""
    objects = made()
    assert objects.token["stringData"] == {TOKEN.key: "secret"}
    assert "secret'" not in repr(objects)


@pytest.mark.parametrize("file", ["rules", "alertmanager", "service_monitor"])
def test_a_file_that_is_something_else_is_misuse(tmp_path: Path, file: str) -> None:
    """Each of the three."""
    other = tmp_path / "other.yaml"
    other.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: b}\n")
    changed: dict[str, Any] = {file: other}
    with pytest.raises(MisuseError):
        made(replace(_SUBJECT, files=replace(_SUBJECT.files, **changed)))
