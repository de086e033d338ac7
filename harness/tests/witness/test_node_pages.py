"""cAdvisor's pages by way of the API server: of some nodes, of one namespace, and asked seldom."""

from typing import cast

import pytest

from harness.clients.kubernetes import KubeApi
from harness.core.errors import CouldNotTellError
from harness.core.exposition import MalformedPageError, Page
from harness.witness.node_pages import NodePages

_NAME = "container_memory_working_set_bytes"


def line(pod: str, value: float, *, namespace: str = "ours") -> str:
    """One line of a page."""
    return f'{_NAME}{{container="c",namespace="{namespace}",pod="{pod}"}} {value} 1700000000500\n'


class Kubelets:
    """Pages by node."""

    def __init__(self, **pages: str) -> None:
        self.pages = pages
        self.asked: list[str] = []

    def text(self, path: str) -> str:
        """That of the node in the path."""
        self.asked.append(path)
        return self.pages[path.split("/")[4]]


class Place:
    """Kubelets, a clock, and the nodes that are asked."""

    def __init__(self, *nodes: str, **pages: str) -> None:
        self.kubelets = Kubelets(**pages)
        self.now_s = 1_000.0
        self.nodes = nodes
        api = cast("KubeApi", self.kubelets)
        self.pages = NodePages(api, namespace="ours", nodes=lambda: self.nodes, clock=lambda: self.now_s)

    def values(self) -> dict[str, float]:
        """What the page says by pod."""
        return {sample.labels["pod"]: sample.value for sample in self.take().samples(_NAME)}

    def take(self) -> Page:
        """The page."""
        return self.pages.take()


def test_pages_of_several_nodes_are_one() -> None:
    """Those that are asked for, through the API server, in the order of their names."""
    place = Place("n2", "n1", n1=line("a", 1), n2=line("b", 2), n3=line("c", 3))
    assert place.values() == {"a": 1, "b": 2}
    assert place.kubelets.asked == [f"/api/v1/nodes/{node}/proxy/metrics/cadvisor" for node in ("n1", "n2")]


def test_only_the_namespace_s_own_lines_are_read() -> None:
    """The rest is most of a page; a line without its last newline is one as well."""
    others = line("x", 9, namespace="yours") + "# HELP a b\nmachine_cpu_cores 4\n" + line("y", 9, namespace="ours-2")
    place = Place("n1", n1=others + line("a", 1).rstrip())
    assert place.values() == {"a": 1}
    assert [len(family.samples) for family in place.take().families] == [1]


def test_measurements_keep_their_instants() -> None:
    """The page's own is that of the question."""
    page = Place("n1", n1=line("a", 1)).take()
    assert page.at_s == 1_000.0
    assert page.samples(_NAME)[0].at_s == 1_700_000_000.5


def test_a_page_is_asked_for_once_a_second() -> None:
    """In between, the last one is told with the instant of the question."""
    place = Place("n1", n1=line("a", 1))
    assert place.values() == {"a": 1}
    place.kubelets.pages["n1"] = line("a", 2)
    place.now_s += 0.9
    assert place.values() == {"a": 1}
    assert place.take().at_s == 1_000.9
    place.now_s += 0.1
    assert place.values() == {"a": 2}
    assert len(place.kubelets.asked) == 2


def test_a_clock_that_was_set_back_makes_nothing_younger() -> None:
    """The old page would stay for as long as the clock was set back."""
    place = Place("n1", n1=line("a", 1))
    place.take()
    place.kubelets.pages["n1"] = line("a", 2)
    place.now_s -= 3_600
    assert place.values() == {"a": 2}


def test_without_a_node_nobody_can_tell() -> None:
    """A controller that has none has no figures; when it gets one, it is asked."""
    place = Place(n1=line("a", 1))
    with pytest.raises(CouldNotTellError, match="no node runs the controller"):
        place.take()
    place.nodes = ("n1",)
    assert place.values() == {"a": 1}


def test_what_is_no_page_is_refused() -> None:
    """A proxy's own words, for example."""
    with pytest.raises(MalformedPageError):
        Place("n1", n1='<a namespace="ours">no\n').take()
