"""Which alerts a scenario is run with; every disagreement of markers, matrix and contract is told before a start."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

import pytest

from harness.core.contract.matrix import COLUMNS
from harness.core.contract.model import AlertPromise, Contract, RecordedKind, RecordingPromise
from harness.core.contract.quantity import Quantity
from harness.core.errors import MisuseError
from harness.core.files.mistakes import FileMistakesError
from harness.core.judge import Expectation
from harness.core.scenario import Aim, ScenarioPlan
from harness.session.parametrization import Parameters, casts, plan_of, quantities, read_matrix, recorded_kinds
from harness.tests.core.judge.world import PROMISE
from harness.tests.faults import fake_api
from harness.tests.scenario import fakes

MATRIX = """\
rows:
  flood:
    faults: [queue-flood]
    must: [queue_depth]
    may: {reconcile_latency: writes take long}
    must_not: [serving_replicas, leading_replicas, failed_reconciles, failed_reconciles_overall, memory_use,
               cpu_throttling]
  idle:
    faults: [idle]
    must_not: [serving_replicas, leading_replicas, queue_depth, reconcile_latency, failed_reconciles,
               failed_reconciles_overall, memory_use, cpu_throttling]
  squeeze:
    faults: [memory-squeeze, queue-flood]
    must: [queue_depth, memory_use]
    must_not: [serving_replicas, leading_replicas, reconcile_latency, failed_reconciles, failed_reconciles_overall,
               cpu_throttling]
"""


def _alert(name: str, quantity: Quantity) -> AlertPromise:
    return replace(PROMISE, name=name, threshold=replace(PROMISE.threshold, quantity=quantity))


_DEEP, _DEEPER = _alert("Deep", Quantity.QUEUE_DEPTH), _alert("Deeper", Quantity.QUEUE_DEPTH)
_FULL, _FULLER = _alert("Full", Quantity.MEMORY_USE), _alert("Fuller", Quantity.MEMORY_USE)
_ODD = _alert("Odd", Quantity.OTHER)
_RECORDED = RecordingPromise(
    name="depth:max",
    meaning="m",
    kind=RecordedKind.MAX,
    metric="workqueue_depth",
    quantile=None,
    window=None,
    by=(),
    tolerance_ratio=0,
)


@dataclass(frozen=True)
class _Node:
    """A scenario as pytest has it."""

    path: Path
    marks: tuple[pytest.Mark, ...]
    name: str = "test_it"
    nodeid: str = "test_it.py::test_it"

    def get_closest_marker(self, name: str) -> pytest.Mark | None:
        return next((mark for mark in self.marks if mark.name == name), None)


def _scenario(*decorators: pytest.MarkDecorator, directory: Path = Path("nowhere")) -> pytest.Item:
    marks = tuple(decorator.mark for decorator in decorators)
    return cast("pytest.Item", _Node(path=directory / "test_it.py", marks=marks))


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    """A directory of scenarios with a matrix."""
    (tmp_path / "matrix.yaml").write_text(MATRIX)
    return tmp_path


def _plan(item: pytest.Item, cast: Parameters, contract: Contract) -> ScenarioPlan:
    return plan_of(item, cast, subject=fake_api.subject(), contract=contract)


# by their names: a file in which they stand has scenarios
promise, silent, matrix, records = (getattr(pytest.mark, name) for name in ("promise", "silent", "matrix", "records"))


@pytest.mark.parametrize(
    ("marks", "alerts", "expected"),
    [
        pytest.param((promise("queue_depth"),), (_DEEP, _FULL), [("Deep",)], id="one alert of the quantity"),
        pytest.param(
            (promise("queue_depth"),), (_DEEP, _FULL, _DEEPER), [("Deep",), ("Deeper",)], id="one run per alert"
        ),
        pytest.param(
            (promise("queue_depth", "memory_use"),), (_FULL, _DEEP), [("Deep", "Full")], id="both in one run, as named"
        ),
        pytest.param(
            (promise("queue_depth", "memory_use"),),
            (_DEEP, _DEEPER, _FULL, _FULLER),
            [("Deep", "Full"), ("Deep", "Fuller"), ("Deeper", "Full"), ("Deeper", "Fuller")],
            id="every pair",
        ),
        pytest.param((promise("queue_depth"),), (_FULL,), [], id="nobody promises it"),
        pytest.param((promise("queue_depth", "memory_use"),), (_FULL,), [("Full",)], id="nobody promises one of them"),
        pytest.param((promise("other"),), (_ODD, _FULL), [("Odd",)], id="other"),
        pytest.param((silent("memory_use"),), (_DEEP, _FULL, _FULLER), [("Full", "Fuller")], id="silent, all at once"),
        pytest.param((silent("memory_use"),), (_DEEP,), [], id="silent, nobody promises it"),
        pytest.param((silent(),), (_DEEP, _ODD, _FULL), [("Deep", "Full")], id="silent of any quantity but other"),
        pytest.param(
            (promise("queue_depth"), silent("memory_use")),
            (_DEEP, _DEEPER, _FULL, _FULLER),
            [("Deep", "Full", "Fuller"), ("Deeper", "Full", "Fuller")],
            id="pages and silence",
        ),
        pytest.param((promise("queue_depth"), silent("memory_use")), (_DEEP,), [], id="nobody can be silent"),
        pytest.param((), (_DEEP,), [()], id="a survey"),
        pytest.param((records("max"),), (_DEEP,), [()], id="a survey of recording rules"),
        pytest.param((records("rate", "max"),), (_DEEP,), [()], id="some of the kinds are recorded"),
        pytest.param((records("rate"),), (_DEEP,), [], id="nothing of the kind is recorded"),
    ],
)
def test_a_scenario_is_run_with_the_alerts_of_its_quantities(
    marks: Sequence[pytest.MarkDecorator], alerts: tuple[AlertPromise, ...], expected: list[Parameters]
) -> None:
    """Once for each that must page, with all that must keep silent; not at all where the contract has none."""
    contract = replace(fakes.contract(*alerts), recording_rules=(_RECORDED,))
    assert casts(_scenario(*marks), contract) == expected


@pytest.mark.parametrize(
    ("mark", "what", "why", "fix"),
    [
        pytest.param(promise("queue_dept"), "names 'queue_dept', which is none", "queue_depth", "queue_depth", id="p"),
        pytest.param(silent("everything"), "names 'everything', which is none", "memory_use", "", id="silent"),
        pytest.param(records("maximum"), "names 'maximum', which is none", "quantile, rate, max", "", id="records"),
        pytest.param(promise("Deep"), "names 'Deep', which is none", "there are serving_replicas", "", id="an alert"),
        pytest.param(promise(), "marker promise of test_it.py::test_it says nothing", "missing", "--markers", id="()"),
        pytest.param(records(), "marker records of test_it.py::test_it says nothing", "missing", "--markers", id="r()"),
    ],
)
def test_a_marker_that_names_nothing_known_is_refused(
    mark: pytest.MarkDecorator, what: str, why: str, fix: str
) -> None:
    """With the words there are, and the nearest of them."""
    with pytest.raises(MisuseError) as caught:
        casts(_scenario(mark), fakes.contract(_DEEP))
    assert what in caught.value.what
    assert why in caught.value.why
    assert fix in caught.value.fix


def test_an_unmarked_scenario_speaks_of_nothing() -> None:
    """And a bare `silent` of every column."""
    assert quantities(_scenario(), "promise") == ()
    assert quantities(_scenario(silent()), "silent") == COLUMNS
    assert quantities(_scenario(silent), "silent") == COLUMNS
    assert recorded_kinds(_scenario()) == ()


def test_the_plan_has_every_target_and_the_row(directory: Path) -> None:
    """What must page knows its instance; what must keep silent is watched wherever it is."""
    item = _scenario(promise("queue_depth"), silent("memory_use"), matrix("flood"), directory=directory)
    plan = _plan(item, ("Deep", "Full"), fakes.contract(_DEEP, _FULL))
    assert [(target.promise, target.aim) for target in plan.targets] == [(_DEEP, Aim.PAGES), (_FULL, Aim.SILENT)]
    assert [dict(target.instance) for target in plan.targets] == [{"name": "configmap"}, {}]
    assert plan.row is not None
    assert (plan.row.name, plan.row.faults) == ("flood", ("queue-flood",))
    assert plan.matrix == str(directory / "matrix.yaml")


def test_work_that_cannot_be_made_names_no_queue(directory: Path) -> None:
    """A subject whose sources are neither secrets nor configmaps: the fullest queue is watched."""
    subject = fake_api.subject()
    subject = replace(subject, sources=replace(subject.sources, queues={"Parcel": "parcel"}))
    item = _scenario(promise("queue_depth"), matrix("flood"), directory=directory)
    plan = plan_of(item, ("Deep",), subject=subject, contract=fakes.contract(_DEEP))
    assert [dict(target.instance) for target in plan.targets] == [{}]


def test_an_alert_that_nothing_can_bring_about_is_no_matter_of_the_row(directory: Path) -> None:
    """OTHER is no column; that it has no witness the scenario says itself."""
    item = _scenario(promise("other"), matrix("flood"), directory=directory)
    assert [target.alert for target in _plan(item, ("Odd",), fakes.contract(_ODD)).targets] == ["Odd"]


def test_a_survey_needs_no_row(directory: Path) -> None:
    """Without faults there is nothing to say; with them, the row is named and holds."""
    assert _plan(_scenario(directory=directory), (), fakes.contract(_DEEP)) == ScenarioPlan()
    plan = _plan(_scenario(matrix("idle"), directory=directory), (), fakes.contract(_DEEP))
    assert plan.targets == ()
    assert plan.row is not None
    assert plan.cell(_DEEP).expectation is Expectation.MUST_NOT


@pytest.mark.parametrize(
    ("marks", "what", "fix"),
    [
        pytest.param(
            (promise("queue_depth"),), "test_it names no row", "@pytest.mark.matrix(ROW)", id="no row for a page"
        ),
        pytest.param((silent(),), "test_it names no row", "@pytest.mark.matrix(ROW)", id="no row for silence"),
        pytest.param((promise("queue_depth"), matrix()), "marker matrix of test_it.py::test_it says", "", id="no name"),
        pytest.param(
            (promise("queue_depth"), matrix("floods")), "has no row floods", "did you mean flood", id="no such row"
        ),
        pytest.param(
            (promise("memory_use"), matrix("flood")),
            "is about memory_use, but its `must` is queue_depth",
            "correct one",
            id="another must",
        ),
        pytest.param(
            (promise("queue_depth", "memory_use"), matrix("flood")), "is about memory_use, queue_depth", "", id="more"
        ),
        pytest.param(
            (promise("queue_depth"), matrix("squeeze")), "its `must` is memory_use, queue_depth", "", id="fewer"
        ),
        pytest.param((silent("memory_use"), matrix("flood")), "is about nothing", "correct one", id="must, but silent"),
        pytest.param(
            (matrix("flood"),), "is about nothing, but its `must` is queue_depth", "", id="a survey that pages"
        ),
        pytest.param(
            (promise("queue_depth"), silent("reconcile_latency"), matrix("flood")),
            "wants reconcile_latency silent",
            "must_not",
            id="silence that the row excuses",
        ),
        pytest.param(
            (promise("queue_depth"), silent("queue_depth"), matrix("flood")), "wants queue_depth silent", "", id="both"
        ),
    ],
)
def test_markers_and_row_that_do_not_agree_are_refused(
    directory: Path, marks: Sequence[pytest.MarkDecorator], what: str, fix: str
) -> None:
    """Whoever is right, one of the two is a mistake."""
    contract = fakes.contract(_DEEP, _FULL)
    item = _scenario(*marks, directory=directory)
    with pytest.raises(MisuseError) as caught:
        _plan(item, ("Deep",), contract)
    assert what in caught.value.what
    assert fix in caught.value.fix


def test_a_matrix_that_is_not_there_is_told(tmp_path: Path) -> None:
    """With its place and what belongs into it."""
    item = _scenario(promise("queue_depth"), matrix("flood"), directory=tmp_path)
    with pytest.raises(MisuseError, match=r"cannot read the fault x alert matrix .*matrix\.yaml") as caught:
        _plan(item, ("Deep",), fakes.contract(_DEEP))
    assert "no such file" in caught.value.why
    assert "beside the scenarios" in caught.value.fix


def test_a_matrix_with_mistakes_is_told(directory: Path) -> None:
    """With the file's name."""
    path = directory / "matrix.yaml"
    path.write_text(MATRIX.replace(", memory_use,", ",", 1))
    with pytest.raises(FileMistakesError, match="says nothing about memory_use") as caught:
        read_matrix(path)
    assert str(path) in str(caught.value)
