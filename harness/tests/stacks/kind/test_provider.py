"""A kind cluster as the provider: built, made, loaded; taken away if it is its own, and never somebody else's."""

from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.errors import MisuseError
from harness.core.marks import HARNESS_IMAGE
from harness.home import DEFAULT_SUBJECT
from harness.stacks.kind.cluster import KindError, KindOptions
from harness.stacks.kind.docker import Docker, NoDockerError
from harness.stacks.kind.images import ImageRecipe
from harness.stacks.kind.leftovers import cluster_name
from harness.stacks.kind.provider import KindProvider
from harness.stacks.kind.supply import Supply
from harness.stacks.kinds import SWEEP
from harness.stacks.run import LeftoverError, Run
from harness.subject_reader import read_subject
from harness.tests.stacks.existing.whole_cluster import Told
from harness.tests.stacks.kind.conftest import Machine
from harness.toolchain import Progress, Settings, ToolName

_SUBJECT, _ = read_subject(DEFAULT_SUBJECT)
_IMAGE = _SUBJECT.images[0].image


class Built:
    """Images that are built, each in Docker's store at once."""

    def __init__(self, machine: Machine) -> None:
        self.recipes: list[ImageRecipe] = []
        self._machine = machine

    def build(
        self, recipe: ImageRecipe, docker: Docker, settings: Settings, progress: Progress, *, run: Run | None = None
    ) -> None:
        """In place of Docker's build."""
        del docker, settings, progress, run
        self.recipes.append(recipe)
        self._machine.set(images={**self._machine.store["images"], recipe.tag: {}})


@pytest.fixture
def built(machine: Machine) -> Built:
    """None so far."""
    return Built(machine)


@pytest.fixture
def provider(machine: Machine, built: Built) -> KindProvider:
    """The default subject's, not up yet."""
    supply = Supply(image=built.build)
    return KindProvider(subject=_SUBJECT, options=KindOptions(), settings=machine.settings(), supply=supply)


def up(provider: KindProvider, run: Run, machine: Machine, *images: str) -> Path:
    """Brings it up with the programs of the machine."""
    tools = {name: machine.root / "bin" / name for name in (ToolName.KIND, ToolName.KUBECTL)}
    return provider.up(run, tools, images, Progress())


def clusters(machine: Machine) -> set[str]:
    """Names of those that are there."""
    return {labels["cluster"] for labels in machine.store["containers"].values()}


def test_a_cluster_is_made_with_the_images_at_hand(
    provider: KindProvider, run: Run, machine: Machine, built: Built
) -> None:
    """The subject's, the harness's own, and of others those that Docker's store has; the node pulls the rest."""
    machine.set(images={"prometheus:1": {}})
    kubeconfig = up(provider, run, machine, HARNESS_IMAGE, "prometheus:1", "not-here:1")
    assert [recipe.tag for recipe in built.recipes] == [_IMAGE, HARNESS_IMAGE]
    assert clusters(machine) == {cluster_name(run.id)}
    assert [words[-1] for words in machine.asked("kind", "load")] == [_IMAGE, HARNESS_IMAGE, "prometheus:1"]
    assert kubeconfig.is_relative_to(run.directory)
    assert kubeconfig.exists()
    assert provider.ended() is None


def test_a_cluster_goes_and_is_gone(provider: KindProvider, run: Run, machine: Machine) -> None:
    """Twice does no harm; before there is one there is nothing to do."""
    provider.down()
    up(provider, run, machine)
    for _ in range(2):
        provider.down()
    assert clusters(machine) == set()
    assert len(machine.asked("kind", "delete")) == 1
    assert provider.ended() is None


def test_somebody_else_s_cluster_is_never_deleted(provider: KindProvider, run: Run, machine: Machine) -> None:
    """One of the chosen name: refused at the beginning, and left alone at the end."""
    machine.set(containers={"theirs": {"cluster": "precious"}})
    provider = replace(provider, options=KindOptions(name="precious"))
    with pytest.raises(MisuseError, match="there is a kind cluster precious already"):
        up(provider, run, machine)
    provider.down()
    assert clusters(machine) == {"precious"}
    assert machine.asked("kind", "delete") == machine.asked("docker", "rm") == []


def test_a_cluster_that_takes_no_images_is_taken_away(provider: KindProvider, run: Run, machine: Machine) -> None:
    """By `down`, as after every failure."""
    machine.program("kind", (machine.root / "bin" / "kind").read_text().replace("not in store", "in store"))
    with pytest.raises(KindError, match="images were not loaded"):
        up(provider, run, machine)
    assert clusters(machine) == {cluster_name(run.id)}
    provider.down()
    assert clusters(machine) == set()


def test_an_image_of_a_registry_that_cannot_be_loaded_is_the_nodes_to_pull(
    provider: KindProvider, run: Run, machine: Machine
) -> None:
    """Docker may have only a part of it; it is told, and the next one is loaded all the same."""
    machine.set(images={"prometheus:1": {}, "alertmanager:1": {}})
    kind = (machine.root / "bin" / "kind").read_text()
    machine.program("kind", kind.replace('image not in store["images"]', 'image == "prometheus:1"'))
    told = Told()
    tools = {name: machine.root / "bin" / name for name in (ToolName.KIND, ToolName.KUBECTL)}
    provider.up(run, tools, ("prometheus:1", HARNESS_IMAGE, "alertmanager:1"), told)
    loaded = dict.fromkeys(words[-1] for words in machine.asked("kind", "load"))
    assert list(loaded) == [_IMAGE, HARNESS_IMAGE, "prometheus:1", "alertmanager:1"]
    (line,) = told.lines
    assert line.startswith("prometheus:1 was not loaded into the cluster, so its node pulls it: ")
    assert "not present locally" in line


def test_what_was_made_by_halves_goes_with_the_run(provider: KindProvider, run: Run, machine: Machine) -> None:
    """There is no cluster to delete then."""
    machine.set(broken="ERROR: failed to create cluster")
    with pytest.raises(KindError, match="was not created"):
        up(provider, run, machine)
    provider.down()
    assert machine.asked("kind", "delete") == []
    SWEEP.remove(run)
    assert clusters(machine) == set()


def test_a_cluster_that_stays_is_tried_again(provider: KindProvider, run: Run, machine: Machine) -> None:
    """The second time it may go."""
    up(provider, run, machine)
    machine.set(broken="ERROR: failed to delete", stuck=["c1"])
    with pytest.raises(LeftoverError):
        provider.down()
    machine.set(broken="", stuck=[])
    provider.down()
    assert clusters(machine) == set()


def test_a_node_that_ends_meanwhile_is_told(
    provider: KindProvider, run: Run, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With its container and how it ended."""
    monkeypatch.setattr("harness.stacks.kind.node_watch._EVERY_S", 0.0)
    up(provider, run, machine)
    machine.set(states={"c1": ["exited", 137, "t0"]})
    assert provider.ended() == "the node's container c1 exited with status 137"


def test_nothing_is_built_without_an_engine(provider: KindProvider, machine: Machine, built: Built) -> None:
    """Nor hashed, nor fetched."""
    machine.set(down=True)
    with pytest.raises(NoDockerError):
        provider.build(Docker(), Progress())
    assert built.recipes == []


def test_the_base_is_that_of_every_image(provider: KindProvider, built: Built) -> None:
    """A site may have its own."""
    provider = replace(provider, base="base:1")
    assert provider.build(Docker(), Progress()) == (_IMAGE, HARNESS_IMAGE)
    assert [recipe.base for recipe in built.recipes] == ["base:1", "base:1"]


def test_a_kind_that_was_given_is_not_fetched(provider: KindProvider, machine: Machine) -> None:
    """Nobody waits for a download of another."""
    other = machine.program("other", "")
    assert list(provider.tools) == [ToolName.KIND]
    assert list(replace(provider, options=KindOptions(kind=other)).tools) == []
