"""Options: the kind of stack decides what is not asked for, and which alerts run slower."""

from pathlib import Path

import pytest

from harness.core.contract.subject import Subject
from harness.core.errors import MisuseError
from harness.core.operator.chart import Chart
from harness.core.rules.speed import Speed
from harness.core.timeline import AlertState
from harness.home import DEFAULT_SUBJECT
from harness.session import options
from harness.session.options import Options, read_options
from harness.stacks.checked import checked_chart
from harness.stacks.embedded.capacity import TooManyError
from harness.stacks.embedded.choice import EmbeddedChoice
from harness.stacks.existing.choice import ExistingChoice
from harness.stacks.existing.discovery import Asked
from harness.stacks.existing.guard import NotConfirmedError
from harness.stacks.kind.choice import KindChoice
from harness.stacks.scrape_profile import EMBEDDED, EXISTING, KIND, StackTraits
from harness.tests.stacks.existing.test_kubeconfig import text, written
from harness.toolchain.machine import Machine

#: named twice, in the kubeconfig that the fixture `_own_cluster` writes
OWN = ("--stack", "existing", "--context", "dev", "--confirm-context", "dev")


@pytest.fixture(autouse=True)
def _own_cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kubeconfig whose cluster nobody looks at."""

    def check(_self: ExistingChoice, subject: Subject, speed: Speed) -> Chart:
        return checked_chart(subject, EXISTING, speed)

    monkeypatch.setattr(ExistingChoice, "check", check)
    monkeypatch.setenv("KUBECONFIG", str(written(tmp_path / "config", text(context="dev"))))


def read(pytester: pytest.Pytester, *words: str) -> Options:
    """What this command line asks for."""
    words = ("-p", "harness.plugin", "-p", "no:asyncio", f"--subject={DEFAULT_SUBJECT}", *words)
    return read_options(pytester.parseconfig(*words))


@pytest.mark.parametrize(
    ("traits", "speed"), [(EMBEDDED, 60), (KIND, 30), (EXISTING, 1)], ids=["embedded", "kind", "existing"]
)
def test_without_a_speed_each_kind_of_stack_has_its_own(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, traits: StackTraits, speed: float
) -> None:
    """One that is given is that, whatever the stack."""
    monkeypatch.setattr(options, "traits_of", lambda _name: traits)
    words = OWN if traits is EXISTING else ()
    assert read(pytester, *words).speed == Speed(speed)
    assert read(pytester, "--speed", "10", *words).speed == Speed(10)


def test_the_alerts_about_containers_are_slower_where_a_kubelet_tells_of_them(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded node reads their figures when it is asked."""
    assert read(pytester).limits == {}
    monkeypatch.setattr(options, "traits_of", lambda _name: KIND)
    limits = read(pytester).limits
    assert limits == {"KubeMirrorMemoryHigh": Speed(7), "KubeMirrorCPUThrottling": Speed(3)}


def test_options_are_read_once_in_a_session(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look at somebody's cluster is hundreds of requests."""
    looks: list[Speed] = []

    def check(_self: ExistingChoice, subject: Subject, speed: Speed) -> Chart:
        looks.append(speed)
        return checked_chart(subject, EXISTING, speed)

    monkeypatch.setattr(ExistingChoice, "check", check)
    config = pytester.parseconfig("-p", "harness.plugin", "-p", "no:asyncio", f"--subject={DEFAULT_SUBJECT}", *OWN)
    assert read_options(config) is read_options(config)
    assert looks == [Speed(1)]


def test_a_cluster_of_ones_own_has_its_options(pytester: pytest.Pytester, tmp_path: Path) -> None:
    """All of them; of an image that is not given, the one that is built here."""
    choice = read(pytester, *OWN).choice
    assert isinstance(choice, ExistingChoice)
    assert choice.options.kubeconfig is None
    assert choice.options.harness_image == "kubemirror-harness:dev"
    mine = written(tmp_path / "mine", text("https://mine.example", context="dev"))
    choice = read(
        pytester,
        *(*OWN, "--kubeconfig", str(mine), "--harness-image", "r/h:1"),
        *("--prometheus", "a/b", "--alertmanager-url", "http://a"),
    ).choice
    assert isinstance(choice, ExistingChoice)
    assert choice.destination.server == "https://mine.example"
    assert choice.options.harness_image == "r/h:1"
    assert choice.options.monitoring.prometheus == Asked(name="a/b")
    assert choice.options.monitoring.alertmanager == Asked(url="http://a")


@pytest.mark.parametrize(
    "words",
    [
        ("--stack", "existing"),
        ("--stack", "existing", "--context", "dev"),
        ("--stack", "existing", "--context", "dev", "--confirm-context", "prod"),
        ("--stack", "existing", "--context", "prod", "--confirm-context", "prod"),
    ],
)
def test_a_cluster_that_is_not_named_twice_is_refused(pytester: pytest.Pytester, words: tuple[str, ...]) -> None:
    """Exit code 2."""
    with pytest.raises(NotConfirmedError) as refused:
        read(pytester, *words)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize("workers", ["2", "auto"])
def test_one_cluster_is_not_for_several_workers(pytester: pytest.Pytester, workers: str) -> None:
    """They would be in each other's namespace; one worker is."""
    with pytest.raises(MisuseError, match="does not go with") as refused:
        read(pytester, *OWN, "-n", workers)
    assert refused.value.fix == "leave -n out"
    read(pytester, *OWN, "-n", "1")


@pytest.mark.parametrize(
    ("words", "refused"),
    [
        (("-n", "5"), True),
        (("-n", "4"), False),
        (("-n", "5", "--maxprocesses", "4"), False),
        (("-n", "auto"), False),
        (("-n", "5", "--collect-only"), False),
        (("-n", "5", "--stack", "kind"), False),
    ],
    ids=lambda words: " ".join(words) if isinstance(words, tuple) else "",
)
def test_more_workers_than_the_machine_carries_are_refused(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], *, refused: bool
) -> None:
    """Before a stack is there; where none of this machine's own is started, nothing is asked."""
    gib = 1 << 30
    two = Machine(cores=2, memory_bytes=24 * gib, available_bytes=20 * gib, disk_bytes=gib)
    monkeypatch.setattr(options, "look", lambda _directory: two)
    if refused:
        with pytest.raises(TooManyError, match="5 workers, each"):
            read(pytester, *words)
    else:
        read(pytester, *words)


@pytest.mark.parametrize("stack", ["embedded", "kind"])
@pytest.mark.parametrize("option", ["--context", "--confirm-context", "--prometheus-url", "--harness-image"])
def test_whoever_names_a_cluster_gets_no_other(pytester: pytest.Pytester, stack: str, option: str) -> None:
    """Without a word."""
    with pytest.raises(MisuseError, match=f"{option} does not go with --stack {stack}"):
        read(pytester, "--stack", stack, option, "x")


@pytest.mark.parametrize(
    "words",
    [("--grafana",), ("--chart", "c"), ("--chart-version", "1"), ("--chart-values", "v.yaml")],
    ids=["Grafana", "chart", "version", "values"],
)
@pytest.mark.parametrize(
    ("place", "beside"),
    [
        (("--stack", "embedded"), "--stack embedded"),
        (OWN, "--stack existing"),
        (("--stack", "kind", "--monitoring", "operator"), "--monitoring operator"),
    ],
    ids=["embedded", "existing", "without the chart"],
)
def test_what_only_the_chart_takes_is_refused_where_there_is_none(
    pytester: pytest.Pytester, place: tuple[str, ...], beside: str, words: tuple[str, ...]
) -> None:
    """Whoever asks for it would wait for a Grafana in vain."""
    with pytest.raises(MisuseError) as refused:
        read(pytester, *place, *words)
    assert refused.value.what == f"{words[0]} does not go with {beside}"


@pytest.mark.parametrize("monitoring", ["chart", "operator"])
def test_monitoring_that_is_there_is_not_chosen(pytester: pytest.Pytester, monitoring: str) -> None:
    """Nothing is installed on a cluster that has it, in either way."""
    with pytest.raises(MisuseError, match="--monitoring does not go with --stack existing"):
        read(pytester, *OWN, "--monitoring", monitoring)


def test_monitoring_is_the_chart_s_where_nobody_chooses(pytester: pytest.Pytester) -> None:
    """On kind with all that it takes, and as the embedded stack stands for it."""
    kind = read(pytester, "--stack", "kind", "--grafana").choice
    assert isinstance(kind, KindChoice)
    assert kind.chart is not None
    assert kind.chart.grafana
    for words, installation in (((), "chart"), (("--monitoring", "operator"), "operator")):
        here = read(pytester, *words).choice
        assert isinstance(here, EmbeddedChoice)
        assert here.installation == installation


@pytest.mark.parametrize("workers", ["2", "auto"])
def test_one_name_is_not_for_the_clusters_of_several_workers(pytester: pytest.Pytester, workers: str) -> None:
    """Each would take the others' for somebody else's, or take it away."""
    with pytest.raises(MisuseError, match="--cluster-name mine does not go with"):
        read(pytester, "--stack", "kind", "--cluster-name", "mine", "-n", workers)
    read(pytester, "--stack", "kind", "-n", workers)
    read(pytester, "--stack", "kind", "--cluster-name", "mine")


def test_who_wants_to_look_in_the_middle_says_where(pytester: pytest.Pytester) -> None:
    """At the end it is as `--hold`; workers have no terminal to be ended from."""
    assert read(pytester).hold_at is None
    firing, resolved = read(pytester, "--hold-at", "firing"), read(pytester, "--hold-at", "resolved")
    assert (firing.hold_at, firing.hold) == (AlertState.FIRING, False)
    assert (resolved.hold_at, resolved.hold) == (None, True)
    with pytest.raises(MisuseError, match="--hold-at does not go with workers"):
        read(pytester, "--hold-at", "firing", "-n", "2")


@pytest.mark.parametrize("workers", ["1", "2", "auto"])
@pytest.mark.parametrize("words", [("--hold",), ("--hold-at", "resolved"), ("--hold", "--hold-at", "firing")])
def test_workers_hold_nothing(pytester: pytest.Pytester, words: tuple[str, ...], workers: str) -> None:
    """Whoever asks for it would wait for it in vain; without workers each is taken."""
    asked = " and ".join(word for word in words if word.startswith("--"))
    with pytest.raises(MisuseError) as refused:
        read(pytester, *words, "-n", workers)
    assert refused.value.what == f"{asked} does not go with workers"
    assert refused.value.fix == "leave -n out"
    read(pytester, *words)
    read(pytester, *words, "-n", "0")


def test_who_chooses_a_strength_says_of_which_alert(pytester: pytest.Pytester) -> None:
    """Each counts in a unit of its own; nothing is chosen where nobody does."""
    queue = ("--alert", "KubeMirrorWorkqueueDepthHigh")
    assert read(pytester, *queue).strength is None
    chosen = read(pytester, *queue, "--strength", "150").strength
    assert chosen is not None
    assert (chosen.alert, chosen.value, chosen.text) == ("KubeMirrorWorkqueueDepthHigh", 150, "150")
    with pytest.raises(MisuseError, match="--strength 150 is that of no alert") as refused:
        read(pytester, "--strength", "150")
    assert refused.value.fix == "add --alert NAME"
    with pytest.raises(MisuseError, match="no alert Sky is promised"):
        read(pytester, "--alert", "Sky", "--strength", "150")


@pytest.mark.parametrize(
    ("alert", "strength"),
    [
        ("KubeMirrorWorkqueueDepthHigh", "100"),
        ("KubeMirrorHighReconcileErrors", "10%"),
        ("KubeMirrorHighFailureRate", "1.5"),
        ("KubeMirrorReconcileLatencyHigh", "30s"),
        ("KubeMirrorMemoryHigh", "100%"),
        ("KubeMirrorMemoryHigh", "nan"),
        ("KubeMirrorControllerDown", "1"),
        ("KubeMirrorLeaderElectionLost", "1"),
        ("KubeMirrorCPUThrottling", "50%"),
    ],
)
def test_a_strength_at_which_nothing_can_fire_is_refused(pytester: pytest.Pytester, alert: str, strength: str) -> None:
    """Exit code 2, before anything is started."""
    with pytest.raises(MisuseError) as refused:
        read(pytester, "--alert", alert, "--strength", strength)
    assert refused.value.exit_code == 2
