"""One cluster of one run: created with what was chosen, never in the user's files, and gone after half a start."""

from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from harness.core.errors import MisuseError
from harness.core.marks import RUN_MARK
from harness.stacks.kind import cluster as module
from harness.stacks.kind.cluster import CONFIG, NODE_IMAGE, ClusterPlan, KindError, KindOptions, OwnCluster
from harness.stacks.kind.docker import Docker, NoDockerError
from harness.stacks.kind.leftovers import cluster_name, remove_clusters
from harness.stacks.run import LeftoverError, Run
from harness.tests.stacks.kind.conftest import Machine, wait_for_no_process
from harness.toolchain import PINS, ToolName
from harness.waiting import NotYet, WaitTimeoutError, wait_until

_FAILURE = (
    "ERROR: failed to create cluster: failed to pull image\n"
    "Command Output: Error response from daemon: pull access denied for kindest/node"
)


def test_a_cluster_is_created_as_planned(machine: Machine, cluster: OwnCluster) -> None:
    """Name, node image and configuration reach kind; the node is waited for."""
    cluster.create()
    plan = cluster.plan
    assert machine.asked("kind", "create") == [
        [
            *("kind", "create", "cluster", f"--name={plan.name}", f"--kubeconfig={plan.kubeconfig}"),
            *(f"--image={NODE_IMAGE}", "--config", str(CONFIG)),
        ]
    ]
    (wait,) = machine.asked("kubectl", "wait")
    assert wait[2:5] == ["nodes", "--all", "--for=condition=Ready"]


def test_everything_of_it_is_the_runs(machine: Machine, cluster: OwnCluster, run: Run, monkeypatch: Any) -> None:
    """Files, working directory, output and processes; of the user's variables only those for Docker and the network."""
    monkeypatch.setenv("DOCKER_HOST", "tcp://engine:2375")
    monkeypatch.setenv("KUBECONFIG", "/home/user/.kube/config")
    before = {path for path in Path.cwd().iterdir() if path.name.startswith(".pytest-kind")}
    cluster.create()
    (create,) = (call for call in machine.calls if call["argv"][:2] == ["kind", "create"])
    assert create["cwd"] == str(run.directory)
    assert create["env"][RUN_MARK] == run.id
    assert create["env"]["DOCKER_HOST"] == "tcp://engine:2375"
    assert create["env"]["KIND_EXPERIMENTAL_PROVIDER"] == "docker"
    assert Path(create["env"]["TMPDIR"]).is_dir()
    assert Path(create["env"]["TMPDIR"]).is_relative_to(run.directory)
    assert "KUBECONFIG" not in create["env"]
    assert cluster.plan.kubeconfig.is_relative_to(run.directory)
    assert cluster.plan.kubeconfig.stat().st_mode & 0o777 == 0o600
    assert "Creating cluster ..." in cluster.plan.log.read_text()
    assert {path for path in Path.cwd().iterdir() if path.name.startswith(".pytest-kind")} == before


def test_a_runs_cluster_has_a_name_that_kind_and_host_names_take(run: Run) -> None:
    """With `-control-plane` behind it at most 63 characters, and within kind's own limit."""
    name = cluster_name(run.id)
    assert KindOptions(name=name).name == name
    assert len(f"{name}-control-plane") <= 63


def test_what_was_chosen_replaces_what_is_pinned(machine: Machine, run: Run) -> None:
    """The options of pytest-kind's plug-in."""
    other = machine.program("other", "")
    options = KindOptions(kind=other, kubectl=other, image="kindest/node:v1.33.1", name="mine")
    plan = ClusterPlan.of(run, options, kind=Path("/kind"), kubectl=Path("/kubectl"))
    assert (plan.kind, plan.kubectl, plan.image, plan.name) == (other, other, "kindest/node:v1.33.1", "mine")


@pytest.mark.parametrize(
    ("options", "what"),
    [
        ({"kind": Path("/no/kind")}, "--kind-bin=/no/kind cannot be used"),
        ({"kubectl": Path("/no/kubectl")}, "--kind-kubectl-bin=/no/kubectl cannot be used"),
        ({"name": "My_Cluster"}, "--cluster-name=My_Cluster cannot be used"),
        ({"name": "a" * 51}, f"--cluster-name={'a' * 51} cannot be used"),
    ],
)
def test_what_cannot_work_is_refused_first(options: dict[str, Any], what: str) -> None:
    """pytest-kind would download another program in place of one that is not there."""
    with pytest.raises(MisuseError) as caught:
        KindOptions(**options)
    assert caught.value.what == what


def test_kinds_last_words_are_quoted_and_nothing_stays(machine: Machine, cluster: OwnCluster) -> None:
    """The image that cannot be pulled is named in kind's words, and the half-made node goes with the run."""
    machine.set(broken=_FAILURE)
    with pytest.raises(KindError, match="was not created") as caught:
        cluster.create()
    assert "ERROR: failed to create cluster: failed to pull image" in caught.value.why
    assert "pull access denied for kindest/node" in caught.value.why
    assert f"docker pull {NODE_IMAGE}" in caught.value.fix
    assert str(cluster.plan.run.directory) not in str(caught.value)
    assert remove_clusters(cluster.plan.run.id) == (cluster.plan.name,)
    assert machine.store["containers"] == {}


def test_a_node_that_does_not_get_ready_is_no_cluster(machine: Machine, cluster: OwnCluster) -> None:
    """The words are those of kubectl then; the cluster goes with the run."""
    machine.set(ready=False)
    with pytest.raises(KindError) as caught:
        cluster.create()
    assert "timed out waiting for the condition on nodes/kmh-control-plane" in caught.value.why
    remove_clusters(cluster.plan.run.id)
    assert machine.store["containers"] == {}


@pytest.mark.parametrize(
    ("stopped_by", "seen"),
    [
        (KeyboardInterrupt(), KeyboardInterrupt),
        (WaitTimeoutError("x: not within 1 s", why="last seen: y", fix="f"), KindError),
    ],
    ids=["interrupt", "timeout"],
)
def test_a_start_that_is_broken_off_leaves_no_process(
    machine: Machine, cluster: OwnCluster, monkeypatch: Any, stopped_by: BaseException, seen: type[BaseException]
) -> None:
    """Of kind's; what Docker has made of it goes with the run."""
    machine.set(hang=[["kind", "create"]])
    waits: list[str] = []

    def stopped(what: str, probe: Any, **rest: Any) -> object:
        waits.append(what)
        if len(waits) > 1:
            return wait_until(what, probe, **rest)
        hanging = machine.root / "hanging"
        wait_until("kind hangs", lambda: NotYet("it does not") if not hanging.exists() else None, timeout_s=60)
        raise stopped_by

    monkeypatch.setattr(module, "wait_until", stopped)
    with pytest.raises(seen):
        cluster.create()
    assert waits[1:] == ["kind has ended"]
    wait_for_no_process(cluster.plan.run.id)
    remove_clusters(cluster.plan.run.id)
    assert machine.store["containers"] == {}


def test_somebodys_cluster_is_not_taken_over(machine: Machine, cluster: OwnCluster) -> None:
    """pytest-kind would use it, and it would be deleted in the end."""
    machine.set(containers={"theirs": {"cluster": cluster.plan.name}})
    with pytest.raises(MisuseError, match="already"):
        cluster.create()
    assert list(machine.store["containers"]) == ["theirs"]
    assert machine.asked("kind") == []


def test_without_an_engine_kind_is_not_even_asked(machine: Machine, cluster: OwnCluster) -> None:
    """The reason is Docker's, not kind's."""
    machine.set(down=True)
    with pytest.raises(NoDockerError):
        cluster.create()
    assert machine.asked("kind") == []


def test_images_are_loaded_one_by_one(machine: Machine, cluster: OwnCluster) -> None:
    """Into this cluster; none means no call."""
    machine.set(images={"a:1": {}, "b:1": {}})
    cluster.load([])
    assert machine.asked("kind") == []
    cluster.load(["a:1", "b:1"])
    assert machine.asked("kind", "load") == [
        ["kind", "load", "docker-image", "--name", cluster.plan.name, image] for image in ("a:1", "b:1")
    ]


@pytest.mark.usefixtures("machine")
def test_only_the_last_words_of_this_call_are_quoted(cluster: OwnCluster) -> None:
    """The log is one for all."""
    cluster.create()
    with cluster.plan.log.open("a") as log:
        log.write("ERROR: an older one\n")
    with pytest.raises(KindError, match="not loaded") as caught:
        cluster.load(["gone:1"])
    assert 'image: "gone:1" not present locally' in caught.value.why
    assert "older" not in caught.value.why
    assert str(cluster.plan.run.directory) not in caught.value.fix


def test_deleting_leaves_nothing_even_where_kind_fails(machine: Machine, cluster: OwnCluster) -> None:
    """Docker removes the containers, at once, before kind is asked for the rest, and whatever comes of that."""
    cluster.create()
    removed: list[object] = []
    machine.asked("docker", "rm")
    cluster.delete()
    removed += machine.asked("docker", "rm")
    assert machine.store["containers"] == {}
    assert len(removed) == 1
    cluster.create()
    machine.set(broken="ERROR: no")
    cluster.delete()
    assert machine.store["containers"] == {}


def test_a_container_that_stays_is_named(machine: Machine, cluster: OwnCluster) -> None:
    """With what to type."""
    cluster.create()
    machine.set(broken="ERROR: no", stuck=["c1"])
    with pytest.raises(LeftoverError) as caught:
        cluster.delete()
    assert "could not kill container" in caught.value.why
    assert caught.value.fix.endswith("docker rm --force --volumes c1")


def test_the_default_cluster_is_one_node_of_the_pinned_kubernetes() -> None:
    """The node's version is that of the control plane that the embedded stack starts."""
    config = YAML(typ="safe").load(CONFIG)
    assert (config["kind"], config["apiVersion"]) == ("Cluster", "kind.x-k8s.io/v1alpha4")
    assert config["nodes"] == [{"role": "control-plane"}]
    assert NODE_IMAGE.endswith(f":v{PINS[ToolName.KUBE_APISERVER].version}")


def test_two_runs_have_two_clusters(machine: Machine, cluster: OwnCluster) -> None:
    """Side by side, and the end of one leaves the other."""
    programs = machine.root / "bin"
    plan = ClusterPlan.of(Run.create(), KindOptions(), kind=programs / "kind", kubectl=programs / "kubectl")
    machine.set(containers={"c2": {"cluster": plan.name}})
    cluster.create()
    OwnCluster(cluster.plan, Docker()).delete()
    assert list(machine.store["containers"]) == ["c2"]
