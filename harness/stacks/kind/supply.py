"""What a kind stack has brought to this machine before anything waits for it, and by whom."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Protocol

from harness.stacks.cluster.chart_archive import fetch_chart
from harness.stacks.cluster.chart_options import ChartOptions
from harness.stacks.kind.docker import Docker
from harness.stacks.kind.images import ImageRecipe, ensure_image, fetch_wheels
from harness.stacks.run import Run
from harness.toolchain import Progress, Settings, ToolName, ensure
from harness.toolchain.module_files import ModuleFiles, files_of


class BuildsImages(Protocol):
    """As `ensure_image`."""

    def __call__(
        self, recipe: ImageRecipe, docker: Docker, settings: Settings, progress: Progress, *, run: Run | None = None
    ) -> object:
        """Builds the image unless Docker's store has the one that would be built."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Supply:
    """Who brings each sort of thing: the function that it is by default."""

    programs: Callable[[Collection[ToolName], Progress], object] = ensure
    #: what images are built with
    wheels: Callable[[ImageRecipe, Settings, Progress], object] = fetch_wheels
    #: the operator's kinds, where no chart brings them
    files: Callable[[ModuleFiles, Settings, Progress], object] = files_of
    chart: Callable[[ChartOptions, Settings, Progress], object] = fetch_chart
    image: BuildsImages = ensure_image
