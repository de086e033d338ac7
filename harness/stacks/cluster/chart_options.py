"""Which kube-prometheus-stack is installed, and what a person lays over it: the options of an installation by Helm."""

from dataclasses import dataclass
from pathlib import Path

from harness.core.errors import MisuseError
from harness.stacks.checked import checked_values
from harness.stacks.options import CHART, CHART_VERSION

#: in a repository of many
CHART_NAME = "kube-prometheus-stack"

_WEB = ("https://", "http://")


@dataclass(frozen=True, slots=True, kw_only=True)
class ChartOptions:
    """What a person can choose.

    Raises:
        MisuseError: a file that is not there, or a chart that is neither a path nor an address.
    """

    #: --chart: a directory or an archive, `oci://...`, the address of an archive (`https://.../x.tgz`), or of a
    #: repository that has the chart under its usual name
    chart: str = CHART
    #: --chart-version; a chart that is an archive or a directory has the version that it has
    version: str = CHART_VERSION
    #: --chart-values, laid over everything in this order. For images, resources and the like: what the harness reads
    #: of selectors, labels and intervals it reads from the subject's own values
    values: tuple[Path, ...] = ()
    #: --grafana: with it, where a machine is large enough
    grafana: bool = False

    def __post_init__(self) -> None:
        """Refuses what Helm would look for elsewhere: it takes a path that is not there for a chart of a repository."""
        if self.local is None and not self.chart.startswith(("oci://", *_WEB)):
            raise MisuseError(
                f"--chart={self.chart} cannot be used",
                why="it is no address, and no archive, nor a directory with a Chart.yaml, is there",
                fix=f"give a path, an address that begins with oci:// or https://, or nothing for {CHART}",
            )
        for file in self.values:
            checked_values(file, "the values of --chart-values")

    @property
    def local(self) -> Path | None:
        """The chart, where it lies on this machine already."""
        path = Path(self.chart)
        there = path.is_file() or (path / "Chart.yaml").is_file()
        return path.resolve() if there else None

    @property
    def title(self) -> str:
        """In messages."""
        return self.chart if self.local or self._is_archive else f"{self.chart} in version {self.version}"

    @property
    def pull(self) -> tuple[str, ...]:
        """What `helm pull` is told; not for a chart that lies here."""
        if self._is_archive:
            return (self.chart,)
        named = (CHART_NAME, "--repo", self.chart) if self.chart.startswith(_WEB) else (self.chart,)
        return (*named, "--version", self.version)

    @property
    def _is_archive(self) -> bool:
        return self.chart.startswith(_WEB) and self.chart.endswith(".tgz")
