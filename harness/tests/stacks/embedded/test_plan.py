"""A plan decides addresses, files and secrets before anything is started; no two plans share any."""

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from harness.core.duration import PromDuration
from harness.core.marks import HARNESS_IMAGE
from harness.core.operator.translation import translate
from harness.core.rules.speed import Speed
from harness.home import DEFAULT_SUBJECT
from harness.stacks.embedded.plan import Plan, check_subject
from harness.stacks.embedded.slot import claim_slot
from harness.stacks.run import Run
from harness.subject_reader import read_subject

yaml = YAML(typ="safe", pure=True)


@pytest.fixture
def plans() -> Iterator[tuple[Plan, Plan]]:
    """Two of the same subject on one machine."""
    subject, _ = read_subject(DEFAULT_SUBJECT)
    slots = claim_slot(), claim_slot()
    chart = check_subject(subject, Speed(60))
    one, other = (Plan.of(Run.create(), slot, subject, Speed(60), chart=chart) for slot in slots)
    yield one, other
    for slot in slots:
        slot.claim.close()


def test_two_plans_share_no_address_file_or_secret(plans: tuple[Plan, Plan]) -> None:
    """So two stacks on one machine never meet."""

    def own(plan: Plan) -> set[str]:
        places = (plan.prometheus_address, plan.alertmanager_address, plan.webhook_url, plan.receiver_url)
        files = (plan.control_plane.kubeconfig, plan.monitoring_directory, plan.log("node"))
        return {*places, plan.control_plane.url, plan.node.node_ip, *map(str, files), plan.receiver_token}

    one, other = map(own, plans)
    assert len(one) == len(other) == 10
    assert not one & other


def test_everything_is_on_loopback(plans: tuple[Plan, Plan]) -> None:
    """Nothing of a stack can be reached from another machine."""
    plan = plans[0]
    for url in (plan.webhook_url, plan.receiver_url, plan.control_plane.url):
        assert url.partition("://")[2].startswith("127.")
    assert plan.prometheus_address.startswith("127.0.0.1:")
    assert plan.pod_address("198.18.0.77", 8080) == f"{plan.slot.listen_prefix}.77:8080"


def test_the_agents_are_told_where_others_look_for_them(plans: tuple[Plan, Plan]) -> None:
    """What is applied leads to the receiver's own address and token."""
    plan = plans[0]
    assert plan.notify_url == f"{plan.receiver_url}/notify/"
    assert plan.notify_url in str(plan.objects.routing)
    assert plan.objects.token["stringData"] == {"token": plan.receiver_token}
    assert plan.receiver_token in plan.agents.manifests


def test_the_node_knows_the_subject_s_images_and_the_harness_s_own(plans: tuple[Plan, Plan]) -> None:
    """Any other image cannot be pulled."""
    images = plans[0].node.images
    assert set(images) == {"kubemirror-controller:dev", HARNESS_IMAGE}
    assert images[HARNESS_IMAGE].command == (sys.executable, "-m")
    assert images["kubemirror-controller:dev"].append_args


def test_what_is_written_can_be_read(plans: tuple[Plan, Plan]) -> None:
    """Node and operator get the same plan in another process."""
    operator = plans[0].operator
    assert type(operator).parse(operator.json) == operator


def test_installation_and_objects_are_at_the_speed(plans: tuple[Plan, Plan]) -> None:
    """Who translates them divides nothing."""
    plan = plans[0]
    assert plan.operator.chart.prometheus.scrape_interval == PromDuration(500)
    assert plan.objects.slowest_s == 0.5
    assert plan.flags.lookback == PromDuration(5_000)


def test_secrets_do_not_show(plans: tuple[Plan, Plan]) -> None:
    """In a log or a message."""
    assert plans[0].receiver_token not in repr(plans[0])


def test_the_default_subject_can_be_run() -> None:
    """At the default speed, and in real time."""
    subject, _ = read_subject(DEFAULT_SUBJECT)
    for factor in (1, 60):
        assert check_subject(subject, Speed(factor)).prometheus


def test_a_plain_configuration_is_what_alertmanager_begins_with(tmp_path: Path) -> None:
    """No object brings the route; times are divided, and the harness's receiver stands in for each destination."""
    subject, _ = read_subject(DEFAULT_SUBJECT)
    file = tmp_path / "alertmanager.yml"
    file.write_text(
        "route: {receiver: all, routes: [{matchers: [a=b], receiver: team, repeat_interval: 4h, continue: true}]}\n"
        "receivers: [{name: all}, {name: team, slack_configs: [{channel: c, api_url: 'http://example.com/'}]}]\n"
    )
    plain = replace(subject, files=replace(subject.files, alertmanager=file))
    slot = claim_slot()
    plan = Plan.of(Run.create(), slot, plain, Speed(60), chart=check_subject(plain, Speed(60)))
    slot.claim.close()
    config = yaml.load(translate([], {}, plan.operator.chart, plan.operator.place).alertmanager)
    assert plan.objects.routes == ()
    assert plan.objects.receiver == "all"
    (route,) = config["route"]["routes"]
    assert route == {
        "receiver": "team",
        "matchers": ["a=b"],
        "continue": True,
        "repeat_interval": "4m",
    }
    assert "group_by" not in config["route"]
    (told,) = config["receivers"][1]["webhook_configs"]
    assert told["url"] == f"{plan.notify_url}team?destination=slack-1&send_resolved=false"
    assert told["http_config"]["authorization"]["credentials"] == plan.receiver_token
    assert told["send_resolved"] is False
