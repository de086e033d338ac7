"""One alert's verdict, from those of its scenarios."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from harness.core.judge import Clause
from harness.core.verdict import Verdict
from harness.report.alert_result import alert_result
from harness.report.parts import Judged
from harness.tests.core.judge.world import PROMISE
from harness.tests.report.test_parts import judged

V, X, U, S = Verdict.VERIFIED, Verdict.VIOLATED, Verdict.UNKNOWN, Verdict.SKIPPED

_ALL = judged(*((clause, V) for clause in Clause))
_NOT_SILENT = judged(*((clause, V) for clause in Clause if clause is not Clause.SILENT))


def _said(verdict: Verdict) -> Judged:
    one = judged((Clause.FIRING, verdict))
    return replace(one, judgement=replace(one.judgement, verdict=verdict))


@pytest.mark.parametrize(
    ("scenarios", "also", "verdict"),
    [
        pytest.param([_ALL, _said(S)], [], V, id="not tried, and proved elsewhere"),
        pytest.param([_NOT_SILENT, _said(S)], [], S, id="not tried, and a part is open"),
        pytest.param([_said(S)], [], S, id="not tried at all"),
        pytest.param([_ALL, _said(S), _said(U)], [], U, id="one could not tell"),
        pytest.param([_ALL, _said(S), _said(X)], [], X, id="one saw it broken"),
        pytest.param([_ALL, _said(S)], [S], S, id="its rule as written is not told"),
    ],
)
def test_what_could_not_be_tried_counts_where_a_part_is_open(
    scenarios: Sequence[Judged], also: Sequence[Verdict], verdict: Verdict
) -> None:
    """On somebody's own cluster, say, a scenario of the silences is left out; the others have looked at all of it."""
    assert alert_result(PROMISE, scenarios, receiver="team", also=also).verdict is verdict
