"""Monitoring that is there: nothing is installed, and its times are what it says itself."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from harness.clients.alertmanager import AlertmanagerReader
from harness.clients.endpoint import UnexpectedAnswerError
from harness.clients.kubernetes import KubeApi
from harness.core.duration import PromDuration
from harness.core.marks import RUN_MARK
from harness.core.rules.speed import Speed
from harness.stacks.cluster.installation import Site
from harness.stacks.cluster.monitored import Monitored
from harness.stacks.cluster.waits import USUAL, Waits
from harness.stacks.existing.connection import ClusterAccess, monitoring_url
from harness.stacks.existing.discovery import AnyFound, Forwarding, FoundAlertmanager, FoundPrometheus, GivenUrl
from harness.stacks.existing.examination import Found
from harness.stacks.existing.guard import Tenancy
from harness.stacks.existing.monitoring import FoundMonitoring
from harness.stacks.run import Owner, Run
from harness.stacks.scrape_profile import EXISTING
from harness.tests.clients.speaking_server import data, speaking
from harness.tests.core.operator import sample
from harness.tests.stacks.cluster.fake_kubectl import RUN, ask, fake_kubectl, left_over
from harness.waiting import NotYet, WaitTimeoutError, wait_until

STATUS = '{"config": {"original": ""}}'
SECOND = PromDuration(500)


def forwarding(what: str, port: int, prefix: str = "/") -> Forwarding:
    """Of the first replica, in a namespace of its own."""
    return Forwarding(
        namespace=f"{what}-system",
        name="k8s",
        pod=f"{what}-k8s-0",
        port=port,
        scheme="http",
        route_prefix=prefix,
    )


PROMETHEUS = FoundPrometheus(
    at=forwarding("prometheus", 9090, "/prom/"),
    scrape_interval=SECOND,
    lookback_delta=SECOND,
)
ALERTMANAGER = FoundAlertmanager(at=forwarding("alertmanager", 9093))
FOUND = Found(tenancy=Tenancy.OWN, prometheus=PROMETHEUS, alertmanager=ALERTMANAGER)


def site(directory: Path, kubectl: Path = Path("kubectl"), waits: Waits = USUAL) -> Site:
    """Where nobody answers."""
    (directory / "logs").mkdir(exist_ok=True)
    return Site(
        run=Run(id=RUN, directory=directory, owner=Owner(pid=1, start_ticks=-1), kept=False),
        kubectl=kubectl,
        kubeconfig=Path("kubeconfig"),
        api=cast("KubeApi", None),
        receiver_token="t",  # noqa: S106 - of nobody
        receiver_service="r",
        receiver_port=1,
        waits=waits,
    )


def waited(
    directory: Path,
    found: Found,
    speed: float,
    *,
    scrape: str = "15s",
    resend: str = "2m",
    job: str = "node",
    waits: Waits = USUAL,
) -> Monitored:
    """What the stack is told, of servers with these times."""
    prometheus = {
        "/api/v1/status/flags": data({"rules.alert.resend-delay": resend, "query.lookback-delta": "5m"}),
        "/api/v1/rules": data({"groups": []}),
        "/api/v1/status/config": data(
            {"yaml": f"global:\n  scrape_interval: {scrape}\nscrape_configs:\n- job_name: {job}\n"}
        ),
    }
    with speaking({**prometheus, "/api/v2/status": (200, STATUS)}) as server:

        @contextmanager
        def reach(_near: ClusterAccess, _what: str, _found: AnyFound) -> Iterator[str]:
            yield server.url

        it = FoundMonitoring(chart=sample.chart(), traits=EXISTING, found=lambda: found, reach=reach)
        place = site(directory, waits=waits)
        it.install(place, Speed(speed))
        assert it.images() == ()
        return it.wait(place, Speed(speed))


def test_both_are_forwarded_to_where_they_are(tmp_path: Path) -> None:
    """To the pod that discovery names, each in its namespace, behind its prefix; and they are others' as well."""
    found = waited(tmp_path, FOUND, 1)
    assert (found.namespace, found.prometheus, found.prometheus_port) == (
        "prometheus-system",
        "pod/prometheus-k8s-0",
        9090,
    )
    assert (found.alertmanager_namespace, found.alertmanager, found.alertmanager_port) == (
        "alertmanager-system",
        "pod/alertmanager-k8s-0",
        9093,
    )
    assert dict(found.prefixes) == {"prometheus": "/prom", "alertmanager": ""}
    assert not found.urls
    assert found.shared


def test_what_is_given_by_url_is_not_forwarded_to(tmp_path: Path) -> None:
    """One of them, or both."""
    found = waited(tmp_path, replace(FOUND, prometheus=GivenUrl(url="https://p")), 1)
    assert dict(found.urls) == {"prometheus": "https://p"}
    assert found.alertmanager == "pod/alertmanager-k8s-0"


@pytest.mark.parametrize(
    ("speed", "scrape", "times"),
    [
        (1, "15s", (30, 0, 30, 120)),
        (1, "1m", (30, 30, 30, 120)),
        (10, "15s", (3, 12, 3, 120)),
        (10, "1s", (3, 0, 3, 120)),
        (100, "500ms", (1, 0, 1, 120)),
    ],
    ids=["documented", "others seldom", "others seldom at a speed", "at a speed", "floor"],
)
def test_the_times_are_the_subjects_and_the_rest_is_told_later(
    tmp_path: Path, speed: float, scrape: str, times: tuple[float, ...]
) -> None:
    """Its monitor and rules say how often; what others' jobs tell is older; a notification is repeated as it runs."""
    found = waited(tmp_path, FOUND, speed, scrape=scrape)
    assert (found.scrape_s, found.scraped_later_s, found.evaluation_s, found.resend_s) == times


def test_a_former_run_is_waited_for(tmp_path: Path) -> None:
    """Its rules and its route would be taken for this one's."""
    former = replace(FOUND, objects=(sample.read(sample.monitor()),))
    with pytest.raises(WaitTimeoutError, match="Prometheus without a former run") as error:
        waited(tmp_path, former, 1, job="serviceMonitor/shop/x/0", waits=Waits(unload_s=0.0))
    assert "it has ServiceMonitor shop/x" in error.value.why


def test_a_prometheus_that_does_not_answer_is_told(tmp_path: Path) -> None:
    """With what is wrong; it is not waited for without end."""
    with pytest.raises(WaitTimeoutError, match="Prometheus answers") as error:
        waited(tmp_path, FOUND, 1, resend="soon", waits=Waits(answer_s=0.0))
    assert "rules.alert.resend-delay: Value error" in error.value.why


def test_the_way_there_is_open_while_it_is_asked(tmp_path: Path) -> None:
    """A forward of its own, gone afterwards; for a URL none."""
    with fake_kubectl(tmp_path) as kubectl:
        place = site(tmp_path, kubectl.kubectl.program)
        with monitoring_url(place, "prometheus", PROMETHEUS) as url:
            assert url.startswith("http://127.0.0.1:")
            assert url.endswith("/prom")
        with monitoring_url(place, "prometheus", GivenUrl(url="https://p")) as url:
            assert url == "https://p"
        ((words, _),) = kubectl.calls()
        assert words[-2:] == ["pod/prometheus-k8s-0", ":9090"]
        assert "prometheus-system" in words
        assert not left_over()


def test_the_way_there_has_what_a_credential_plugin_asks_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The user's variables; whose process it is nobody's variable tells."""
    monkeypatch.setenv("AWS_PROFILE", "dev")
    monkeypatch.setenv(RUN_MARK, "somebody")
    with (
        fake_kubectl(tmp_path) as kubectl,
        monitoring_url(site(tmp_path, kubectl.kubectl.program), "prometheus", PROMETHEUS),
    ):
        ((_, env),) = kubectl.calls()
    assert (env["AWS_PROFILE"], env[RUN_MARK]) == ("dev", RUN)


def test_the_way_there_outlives_a_connection_that_the_pod_refuses(tmp_path: Path) -> None:
    """It ends kubectl, and whoever asks goes on asking at the same address."""
    with fake_kubectl(tmp_path) as kubectl:
        place = site(tmp_path, kubectl.kubectl.program)
        with monitoring_url(place, "alertmanager", ALERTMANAGER) as url:
            address = url.removeprefix("http://")
            ask(address, "refuse")

            def again() -> NotYet | str:
                with suppress(OSError):
                    return ask(address) or NotYet("no answer")
                return NotYet("nobody listens")

            assert wait_until("kubectl again", again, timeout_s=60) == "pod/alertmanager-k8s-0"
        assert not left_over()


def test_an_alertmanager_that_is_being_replaced_is_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Prometheus is."""
    looks = iter([UnexpectedAnswerError("-", why="503", fix="-"), None])

    def asked(_reader: AlertmanagerReader) -> str:
        if error := next(looks, None):
            raise error
        return ""

    monkeypatch.setattr(AlertmanagerReader, "config", asked)
    assert waited(tmp_path, FOUND, 1, waits=Waits(look_s=0.0)).shared
    assert next(looks, "all taken") == "all taken"
