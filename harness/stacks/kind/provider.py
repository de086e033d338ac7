"""A kind cluster as the provider of a stack: made for the run, with the images at hand, and deleted with it."""

import os
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from harness.core.contract.subject import Subject
from harness.stacks.kind.cluster import ClusterPlan, KindError, KindOptions, OwnCluster
from harness.stacks.kind.docker import Docker
from harness.stacks.kind.images import (
    ImageRecipe,
    harness_recipe,
    local_images,
    subject_recipes,
)
from harness.stacks.kind.node_watch import NodeWatch
from harness.stacks.kind.supply import Supply
from harness.stacks.options import BASE_IMAGE
from harness.stacks.run import Run
from harness.toolchain import Progress, Settings, ToolName


def _try(cluster: OwnCluster, image: str, progress: Progress) -> None:
    """Loads an image that a registry has too. Where that fails the node pulls it, or the wait for its pod says why not.

    Docker's containerd store keeps one platform of an image and names all of them, which the node then misses:
    https://github.com/kubernetes-sigs/kind/issues/3795
    """
    try:
        cluster.load((image,))
    except KindError as error:
        last = error.why.splitlines()[-1].strip()
        progress.say(f"{image} was not loaded into the cluster, so its node pulls it: {last}")


@dataclass(slots=True, kw_only=True)
class KindProvider:
    """One cluster of one run."""

    subject: Subject
    options: KindOptions
    #: what images are built on
    base: str = BASE_IMAGE
    settings: Settings = field(default_factory=lambda: Settings.of(os.environ))
    supply: Supply = field(default_factory=Supply)
    _cluster: OwnCluster | None = None
    _nodes: NodeWatch | None = None

    @property
    def tools(self) -> Collection[ToolName]:
        """kind, unless it was given."""
        return () if self.options.kind else (ToolName.KIND,)

    @property
    def existing_namespaces(self) -> Collection[str]:
        """None: nothing was there before."""
        return ()

    def up(self, run: Run, tools: Mapping[ToolName, Path], images: Collection[str], progress: Progress) -> Path:
        """Builds the images that are built here, makes the cluster, and loads what Docker's store has.

        Raises:
            HarnessError: as `build`, or there is no cluster, or it did not take the images that are built here; with
                somebody else's of the same name nothing is done.
        """
        docker = Docker(run_id=run.id)
        built = self.build(docker, progress, run=run)
        kind = self.options.kind or tools[ToolName.KIND]
        plan = ClusterPlan.of(run, self.options, kind=kind, kubectl=tools[ToolName.KUBECTL])
        cluster = OwnCluster(plan, docker)
        with progress.step(f"kind cluster {plan.name}"):
            cluster.create()
        # Not before: what it refused to touch is not ours, and what it made by halves goes with the run.
        self._cluster = cluster
        self._nodes = NodeWatch(plan.name, docker)
        with progress.step("images into the cluster"):
            ours = (*built, *(one.image for one in self.subject.images))
            cluster.load(local_images(ours, docker))
            for image in local_images((name for name in images if name not in ours), docker):
                _try(cluster, image, progress)
        return plan.kubeconfig

    def build(self, docker: Docker, progress: Progress, *, run: Run | None = None) -> tuple[str, ...]:
        """Builds the images that are built here, as far as Docker's store has them not; their names.

        Raises:
            NoDockerError: no engine answers.
            MisuseError: the subject names files that are not there.
            CommandFailedError: a wheel cannot be had, or a step fails.
        """
        docker.engine()
        recipes = self._recipes
        for recipe in recipes:
            self.supply.image(recipe, docker, self.settings, progress, run=run)
        return tuple(recipe.tag for recipe in recipes)

    def fetch_wheels(self, progress: Progress) -> None:
        """Downloads what the images are built with, and asks no Docker.

        Raises:
            MisuseError: the subject names files that are not there.
            CommandFailedError: a wheel cannot be had.
        """
        for recipe in self._recipes:
            self.supply.wheels(recipe, self.settings, progress)

    @property
    def _recipes(self) -> tuple[ImageRecipe, ...]:
        return (*subject_recipes(self.subject, base=self.base), harness_recipe(base=self.base))

    def ended(self) -> str | None:
        """That a node's container has ended, and how; None while all run, or while Docker does not tell."""
        return None if self._nodes is None else self._nodes.ended()

    def remove_rules(self) -> bool:
        """Nothing: Prometheus is the run's own."""
        return False

    def down(self) -> None:
        """Deletes the cluster; tries again when called again after it failed.

        Raises:
            NoDockerError: no engine answers.
            LeftoverError: one of its containers does not go away.
        """
        if self._cluster is not None:
            self._cluster.delete()
        self._cluster = self._nodes = None
