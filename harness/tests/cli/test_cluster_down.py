"""`harness down --context`: what killed runs left in a cluster is undone and removed, and nothing else."""

import io
import itertools
import json
from functools import partial
from pathlib import Path

import pytest
from rich.console import Console

from harness.cli import down as module
from harness.cli.cluster_down import FindUnload, cluster_down
from harness.cli.down import down, down_there
from harness.cli.forget import forget_command
from harness.clients.kubernetes import ApiAnswer, ApiRequest, KubeApi
from harness.core.errors import CouldNotTellError, MisuseError
from harness.core.marks import EXISTING_NAMESPACE_LABEL, FORMER_SPEC, RUN_LABEL
from harness.stacks.existing.guard import NotConfirmedError
from harness.stacks.existing.kubeconfig import Destination
from harness.stacks.existing.removal import NothingToUnload, WaitForUnload
from harness.stacks.existing.snapshot import Snapshot
from harness.stacks.kinds import SWEEP
from harness.stacks.run import LeftoverError, Owner, Run, known_runs
from harness.stacks.sweep import KindRemoved, Sweep
from harness.tests.faults.fake_api import answer
from harness.tests.stacks.existing.test_kubeconfig import text, written
from harness.tests.stacks.existing.whole_cluster import (
    ALLOWED,
    CONTEXT,
    DEPLOYMENT,
    DESTINATION,
    LEASE,
    NAMESPACE,
    WholeCluster,
    entering,
    shop,
)
from harness.toolchain import Progress

NOBODY = Owner(pid=1, start_ticks=-1)
CONFIG = f"{NAMESPACE}/configmaps/of-the-run"


def used(run: str = "killed") -> WholeCluster:
    """An existing namespace that a run was killed in: it had made one object, and changed another."""
    api = WholeCluster()
    api.labelled(NAMESPACE, {**ALLOWED, RUN_LABEL: run, EXISTING_NAMESPACE_LABEL: "true"})
    api.labelled(CONFIG, {RUN_LABEL: run})
    api.put(
        DEPLOYMENT,
        {
            "metadata": {"labels": {RUN_LABEL: run}, "annotations": {FORMER_SPEC: json.dumps({"replicas": 2})}},
            "spec": {"replicas": 0},
        },
    )
    return api


def nobody(_api: KubeApi, _destination: Destination, _run: str, _progress: Progress) -> WaitForUnload:
    """No monitoring acts on anything."""
    return NothingToUnload()


class Stuck:
    """A kind of stack that cannot remove anything now."""

    def runs(self) -> tuple[str, ...]:
        return ()

    def remove(self, run: Run) -> KindRemoved:
        raise LeftoverError("Docker is off", why=run.id, fix="-")


def said(
    api: WholeCluster, *, also_running: bool = False, find_unload: FindUnload = nobody, sweep: Sweep = SWEEP
) -> str:
    """What is printed."""
    out = io.StringIO()
    cluster_down(
        DESTINATION,
        shop(),
        Console(file=out, width=60),
        also_running=also_running,
        enter=partial(entering, api),
        find_unload=find_unload,
        sweep=sweep,
        timeout_s=0,
    )
    return out.getvalue()


def said_here() -> str:
    """What `harness down` prints that goes to no cluster."""
    out = io.StringIO()
    down(also_running=False, console=Console(file=out, width=200))
    return out.getvalue()


def killed(api: WholeCluster, context: str = CONTEXT, server: str = DESTINATION.server) -> Run:
    """A run of this machine whose process is gone, and whose cluster had no Lease before."""
    run = Run.create()
    before = Snapshot.look(api.api, shop(), context=context, server=server)
    before.save(run.directory)
    gone = Run(id=run.id, directory=run.directory, owner=NOBODY, kept=False)
    gone.save()
    return gone


def test_what_was_changed_is_put_back_and_what_was_made_goes() -> None:
    """With a line for each object; the owner's namespace is given back."""
    api = used()
    assert said(api) == "removed killed: 1 objects\n  configmaps shop/of-the-run\n"
    assert api.objects[DEPLOYMENT]["spec"] == {"replicas": 2}
    assert api.objects[NAMESPACE]["metadata"]["labels"] == ALLOWED
    assert CONFIG not in api.objects
    assert said(api) == "nothing to remove in the cluster of my dev\n"


def test_the_controller_goes_when_nobody_acts_on_its_rules_any_more() -> None:
    """As at the end of a run that was not killed: what is said about it first, and looked for while it is there."""
    api = used()
    rules = "/apis/monitoring.coreos.com/v1/namespaces/shop/prometheusrules/x"
    api.labelled(rules, {RUN_LABEL: "killed"})
    seen: list[tuple[bool, bool]] = []

    class Looking(NothingToUnload):
        def without_rules(self) -> None:
            seen.append((rules in api.objects, CONFIG in api.objects))

    def look(_api: KubeApi, destination: Destination, run: str, _progress: Progress) -> WaitForUnload:
        assert (destination, run) == (DESTINATION, "killed")
        seen.append((rules in api.objects, CONFIG in api.objects))
        return Looking()

    said(api, find_unload=look)
    assert seen == [(True, True), (False, True)]
    assert CONFIG not in api.objects


def test_a_run_whose_directory_is_there_is_settled() -> None:
    """Both counts are told, and the controller's own Lease goes."""
    clean = WholeCluster()
    clean.labelled(NAMESPACE, ALLOWED)
    clean.put(DEPLOYMENT, {})
    run = killed(clean)
    api = used(run.id)
    api.put(LEASE, {"spec": {}})
    assert said(api).splitlines()[-2:] == [
        "  before: 3 objects, after: 3 objects, nothing of the run is left",
        "  and here 0 processes, its cgroups and its directory",
    ]
    assert LEASE not in api.objects
    assert known_runs() == ()
    assert said(api) == "nothing to remove in the cluster of my dev\n"


def test_what_a_later_start_has_swept_is_settled_all_the_same() -> None:
    """The sweep keeps what was there before, and so do `harness down` and an attempt that fails."""
    clean = WholeCluster()
    clean.labelled(NAMESPACE, ALLOWED)
    clean.put(DEPLOYMENT, {})
    run = killed(clean)
    SWEEP.remove_abandoned()
    assert "nothing was removed: harness down --context" in said_here()
    api = used(run.id)
    api.held.add(CONFIG)
    with pytest.raises(LeftoverError, match="is not removed completely"):
        said(api)
    assert "nothing was removed: harness down --context" in said_here()
    api.held.clear()
    assert "before: 3 objects, after: 3 objects, nothing of the run is left" in said(api)
    assert said_here() == "nothing to remove\n"


def test_what_has_no_label_any_more_is_told_and_not_touched() -> None:
    """It appeared where the run was, and may be anybody's by now; then the run is forgotten."""
    api = WholeCluster()
    api.labelled(NAMESPACE, ALLOWED)
    run = killed(api)
    api.put(LEASE, {})
    api.requests.clear()
    assert said(api).splitlines() == [
        f"nothing there has the label of {run.id} any more",
        "  before: 2 objects, after: 3 objects, 1 of the run are left",
        "  leases.coordination.k8s.io shop/leader: no label says whose it is",
        "  and here 0 processes, its cgroups and its directory",
    ]
    assert api.changes == []
    assert known_runs() == ()


def test_a_cluster_that_does_not_say_what_it_has_settles_nothing() -> None:
    """The run is kept for another time."""
    api = WholeCluster()
    run = killed(api)

    looks = itertools.count()

    def silent(request: ApiRequest) -> ApiAnswer | None:
        return answer(500) if request.path == "/apis" and next(looks) else None

    api.interfere = silent
    with pytest.raises(CouldNotTellError):
        said(api)
    assert known_runs() == (run,)


@pytest.mark.parametrize(
    ("path", "named"),
    [("/api/v1/secrets", "secrets: could"), ("/apis/apps/v1", "/apis/apps/v1: could")],
    ids=["type", "group"],
)
def test_what_may_not_be_listed_is_not_nothing(path: str, named: str) -> None:
    """Who may discover and not list, or asks while an API is ill: no run is called settled, and none forgotten."""
    api = WholeCluster()
    run = killed(api)
    api.interfere = lambda one: answer(403) if one.path == path and one.method == "GET" else None
    with pytest.raises(CouldNotTellError, match="cannot be told") as told:
        said(api)
    assert named in told.value.why
    assert known_runs() == (run,)
    assert Snapshot.load(run.directory) is not None


def test_a_cluster_in_which_no_run_is_seen_may_have_one() -> None:
    """Whose directory is on another machine: that nothing was found is said only by whoever could look."""
    api = WholeCluster()
    api.interfere = lambda one: answer(403) if one.path == "/api/v1/secrets" else None
    with pytest.raises(CouldNotTellError, match="cannot be told"):
        said(api)


def test_what_may_not_be_listed_keeps_nobody_from_what_may() -> None:
    """What is seen of a run goes; that there may be more is told."""
    api = used()
    api.interfere = lambda one: answer(403) if one.path == "/api/v1/secrets" else None
    with pytest.raises(CouldNotTellError):
        said(api)
    assert CONFIG not in api.objects


def test_what_is_no_runs_may_stay_unseen() -> None:
    """An ill API of others says nothing about runs."""
    api = WholeCluster()
    api.interfere = lambda one: answer(503) if "metrics.k8s.io" in one.path else None
    assert said(api) == "nothing to remove in the cluster of my dev\n"


def test_what_does_not_go_here_is_told() -> None:
    """The cluster is settled; what stays is the sweep's to remove."""
    api = WholeCluster()
    run = killed(api)
    with pytest.raises(LeftoverError, match="Docker is off"):
        said(api, sweep=Sweep((Stuck(),)))
    assert Snapshot.load(run.directory) is None


def test_what_is_known_of_another_cluster_is_not_used() -> None:
    """The Lease may be the owner's."""
    run = killed(WholeCluster(), context="another")
    api = used(run.id)
    api.put(LEASE, {"spec": {}})
    assert "before:" not in said(api)
    assert LEASE in api.objects
    assert known_runs() == (run,)


def test_a_cluster_of_the_same_name_is_another() -> None:
    """Nothing of that run is here, which proves nothing of where it was: it is kept, and told by its server."""
    run = killed(WholeCluster(), server="https://another.example")
    assert said(WholeCluster()).splitlines() == [
        f"left {run.id}: it was in a cluster at https://another.example, and this one is at https://dev.example",
        f"  if that cluster is gone for good: {forget_command(run.id)}",
        "nothing to remove in the cluster of my dev",
    ]
    assert known_runs() == (run,)
    assert Snapshot.load(run.directory) is not None


def test_a_run_that_is_under_way_is_left() -> None:
    """Unless it is asked for."""
    run = Run.create()
    api = used(run.id)
    assert f"left {run.id}: process " in said(api)
    assert api.changes == []
    assert f"removed {run.id}: 1 objects" in said(api, also_running=True)


def test_a_kept_run_goes() -> None:
    """It was kept until now."""
    run = Run.create().keep()
    assert f"removed {run.id}: 1 objects" in said(used(run.id))


def test_what_cannot_be_removed_keeps_nobody_from_the_rest() -> None:
    """The first trouble is told at the end."""
    api = used("first")
    other = "/api/v1/namespaces/kubemirror-harness-second"
    api.labelled(other, {RUN_LABEL: "second"})
    api.held.add(CONFIG)
    with pytest.raises(LeftoverError, match="run first is not removed completely"):
        said(api)
    assert other not in api.objects


def test_what_cannot_be_undone_is_told_and_the_rest_removed() -> None:
    """The Deployment may not be changed."""
    api = used()

    def refuse(request: ApiRequest) -> ApiAnswer | None:
        return answer(403) if (request.method, request.path) == ("PATCH", DEPLOYMENT) else None

    api.interfere = refuse
    with pytest.raises(CouldNotTellError, match="run killed could not be undone completely"):
        said(api)
    assert CONFIG not in api.objects


def test_down_says_what_is_left_in_a_cluster() -> None:
    """It removes what is on this machine, and who believed that it was all would be wrong."""
    run = killed(WholeCluster())
    command = "harness down --context 'my dev' --confirm-context 'my dev'"
    for _ in range(2):
        assert said_here().splitlines() == [
            f"removed {run.id}: 0 processes, its cgroups, not its directory",
            f"  of what it left in the cluster of my dev (label {RUN_LABEL}={run.id}) nothing was removed: {command}",
            f"  if that cluster is gone for good: harness down --forget {run.id} --confirm-forget {run.id}",
        ]


def _there(config: Path, subject: Path, **words: str | None) -> None:
    down_there(
        context=words.get("context"),
        confirmation=words.get("confirmation"),
        kubeconfig=config,
        subject_file=subject,
        also_running=False,
        console=Console(file=io.StringIO()),
    )


@pytest.mark.parametrize("words", [{"confirmation": "dev"}, {"context": "dev"}, {"context": "x", "confirmation": "x"}])
def test_a_context_that_is_not_named_twice_is_refused(tmp_path: Path, words: dict[str, str]) -> None:
    """Removing is damage too."""
    config = written(tmp_path / "config", text(context="dev"))
    with pytest.raises(NotConfirmedError):
        _there(config, tmp_path / "subject.yaml", **words)


def test_a_subject_that_cannot_be_used_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody knows what to put back."""
    monkeypatch.setattr(module, "cluster_down", lambda *_, **__: pytest.fail("started"))
    config = written(tmp_path / "config", text(context="dev"))
    with pytest.raises(MisuseError, match="cannot read the subject"):
        _there(config, tmp_path / "subject.yaml", context="dev", confirmation="dev")
