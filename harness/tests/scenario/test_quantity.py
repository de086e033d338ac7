"""A quantity is one definition, one witness, one driver and a word in each row of the matrix: nothing else knows it."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

import harness
from harness.core.contract.instance import instance_of
from harness.core.contract.lacking import lack_of
from harness.core.contract.matrix import COLUMNS
from harness.core.contract.model import AlertPromise
from harness.core.contract.quantity import Definition, Exporter, InstanceOf, Quantity, Unit
from harness.core.contract.schema import ThresholdModel
from harness.core.contract.strength import strength_of
from harness.core.errors import MisuseError
from harness.core.exposition import parse_page
from harness.core.measured.axes import metrics_of
from harness.core.measured.truth import RECKONINGS
from harness.scenario.witnesses import WITNESSES, Condition
from harness.tests.core.judge.world import PROMISE
from harness.tests.faults import fake_api
from harness.tests.scenario import fakes

#: what a quantity's scenario and the course of a whole run know beside its definition: who leads after a hand-over, and
#: by what the speed of a machine is measured
_KNOW_ONE = {"core/handover.py", "session/handover.py", "session/measured_speed.py"}
#: how it is driven without a cluster, and what it is then
_DRIVEN = {"core/measured/axes.py", "core/measured/truth.py"}
_ELAPSED = Definition(
    words="seconds since a container of the controller was renewed",
    unit=Unit.SECONDS,
    instance_of=InstanceOf.CONTAINER,
    exporter=Exporter.CADVISOR,
    windowed=True,
    metric="made_up_seconds",
    ceiling=0.5,
    above_ceiling="{} is too much",
)


@pytest.fixture
def promise(monkeypatch: pytest.MonkeyPatch) -> AlertPromise:
    """An alert about a quantity that there is not: its definition and its witness are all that is added."""
    monkeypatch.setattr(Quantity.OTHER, "definition", _ELAPSED)
    monkeypatch.setitem(WITNESSES, Quantity.OTHER, lambda one, _: fakes.SteadyWitness([one.threshold.value > 0]))
    threshold = replace(PROMISE.threshold, quantity=Quantity.OTHER, unit=Unit.SECONDS, value=0.1)
    return replace(PROMISE, threshold=threshold, instance_labels=("container",))


def test_a_made_up_quantity_is_known_everywhere_by_its_definition(promise: AlertPromise) -> None:
    """Its window, unit, instance, source, names and strength, and who looks at it."""
    subject, quantity = fake_api.subject(), promise.threshold.quantity
    assert instance_of(promise, subject, kind="") == {"container": subject.workload.container}
    window = fakes.handles(refresh_s={Exporter.CADVISOR: 20.0}).window(start_s=0, end_s=1)
    assert window.refresh_of(quantity) == 20
    (lack,) = [lack_of(quantity, {}, [parse_page("other_seconds 1\n", at_s=0, source="p")])]
    assert lack is not None
    assert lack.what == "the controller's page has no made_up_seconds"
    assert strength_of(promise, "0.4s", longest_s=29).value == 0.4
    with pytest.raises(MisuseError, match="is too much"):
        strength_of(promise, "0.6s", longest_s=29)
    with pytest.raises(ValueError, match="counts in seconds"):
        ThresholdModel.model_validate(
            {
                "quantity": "other",
                "side": ">",
                "value": 1,
                "unit": "items",
                "meaning": "m",
                "window": "5m",
                "untestable": "u",
            }
        )
    assert Condition(promise=promise, instance={}).on(fakes.handles()).observe().holds is True


def test_every_quantity_has_a_witness_but_the_one_that_nothing_brings_about() -> None:
    """A column without a witness would be a promise that nobody can look at."""
    assert set(WITNESSES) == set(COLUMNS) == set(Quantity) - {Quantity.OTHER}


def test_a_quantity_is_named_where_it_is_defined_seen_and_driven() -> None:
    """Everybody else reads its definition; a new one touches no other module."""
    root = Path(harness.__file__).parent
    own = {one.name for one in COLUMNS}
    found = {
        str(path.relative_to(root))
        for path in root.rglob("*.py")
        if "tests" not in path.parts and own & set(re.findall(r"Quantity\.([A-Z_]+)", path.read_text(encoding="utf-8")))
    }
    assert found - _KNOW_ONE == {"scenario/witnesses.py", *_DRIVEN}


def test_every_quantity_can_be_driven_and_reckoned_but_the_one_that_nothing_brings_about() -> None:
    """What could be driven and not reckoned with would be measured against nothing."""
    assert set(RECKONINGS) == {one for one in Quantity if metrics_of(one)} == set(Quantity) - {Quantity.OTHER}
