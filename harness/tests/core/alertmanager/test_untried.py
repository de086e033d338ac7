"""What the harness's own receiver hides is named for every alert."""

from pathlib import Path

from harness.core.alertmanager.untried import destinations, untried
from harness.tests.scenario.fakes import contract

_HEAD = "apiVersion: monitoring.coreos.com/v1alpha1\nkind: AlertmanagerConfig\nmetadata: {name: x, namespace: shop}\n"
_BUNDLE = Path(__file__).parents[4] / "monitoring" / "alertmanager.yaml"


def test_the_subjects_own_channel_is_told_of_ends() -> None:
    """The shipped bundle keeps the promise by its own word, not by a stand-in's."""
    (channel,) = destinations(_BUNDLE.read_text(), "kubemirror-team")
    assert (channel.name, channel.ends_told, channel.unset(())) == ("slack-1", True, ())


def test_how_a_destination_is_reached_is_not_looked_at() -> None:
    """By its fields, and the Secret that is not read."""
    (note,) = untried(_BUNDLE.read_text(), contract())
    assert note.rule == "QueueDeep"
    how = "channel, apiURL (Secret kubemirror-alertmanager, key slack-webhook-url)"
    assert note.part == f"how slack-1 of kubemirror-team is reached: {how}"
    assert "the harness's own receiver takes its place" in note.why


def test_hours_are_those_of_the_run() -> None:
    """Of any route of the object, at any depth."""
    route = "{receiver: t, muteTimeIntervals: [night], routes: [{activeTimeIntervals: [work, day]}]}"
    found = untried(f"{_HEAD}spec: {{route: {route}, receivers: [{{name: t}}]}}", contract())
    assert [one.part for one in found] == [
        "notifications in the time intervals night",
        "notifications outside the time intervals day, work",
    ]


def test_a_receiver_that_is_not_there_has_nothing_to_name() -> None:
    """Others find that out."""
    assert destinations(f"{_HEAD}spec: {{receivers: [{{name: other, slackConfigs: [{{}}]}}]}}", "kubemirror-team") == ()


def test_of_a_plain_configuration_the_route_behind_it_is_not_tried() -> None:
    """Every route that an object brings stands in front of it; an excerpt is worked into somebody's own besides."""
    whole = "route: {receiver: t, mute_time_intervals: [night]}\nreceivers: [{name: t}]\n"
    parts = [one.part for one in untried(whole, contract())]
    assert parts == [
        "notifications in the time intervals night",
        "that a route behind the documented one is told as well, or is not",
    ]
    excerpt = untried("route: {routes: [{receiver: t}]}\nreceivers: [{name: t}]\n", contract())
    assert excerpt[-1].part == "how the route is worked into your Alertmanager's configuration"
    (told,) = destinations("route: {receiver: t}\nreceivers: [{name: t, slack_configs: [{channel: c}]}]\n", "t")
    assert (told.name, told.ends_told) == ("slack-1", False)
