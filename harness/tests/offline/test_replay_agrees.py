"""A replay says what `promtool test rules` says, exactly: of made-up rules over made-up series."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import HealthCheck, given, settings

from harness.tests.offline.made_up import Example, examples
from harness.tests.offline.promtool_word import disagreement
from harness.tests.offline.windows import Windows

#: how many are made up: some in each run of the tests, thousands by `make replay-proof`
_EXAMPLES = int(os.environ.get("REPLAY_EXAMPLES", "30"))


@settings(max_examples=_EXAMPLES, suppress_health_check=list(HealthCheck), deadline=None, database=None)
@given(example=examples())
def test_a_replay_says_what_promtool_says(windows: Windows, example: Example) -> None:
    """Every alert with its labels and annotations, every series that rules write, every failure, at each evaluation."""
    start_ms, histories = windows.replayed(example)
    assert not [one.untold for one in histories if one.untold]
    with TemporaryDirectory() as directory:
        assert disagreement(example, histories, start_ms, windows.promtool, Path(directory)) == ""
