"""A Prometheus and promtool for the tests of replays."""

from collections.abc import Iterator

import pytest

from harness.core.duration import PromDuration
from harness.offline.private_prometheus import private_prometheus
from harness.tests.offline.promtool_word import LOOKBACK_MS
from harness.tests.offline.windows import Windows
from harness.toolchain import Progress, ResolvedTool, Toolchain, ToolName


@pytest.fixture(scope="module")
def windows(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Windows]:
    """One Prometheus, and promtool; without them this proves nothing, so it fails."""
    promtool = Toolchain().find(ToolName.PROMTOOL)
    assert isinstance(promtool, ResolvedTool), "`make test` brings it"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KUBEMIRROR_HARNESS_STATE", str(tmp_path_factory.mktemp("state")))
        with private_prometheus(PromDuration(LOOKBACK_MS), Progress()) as prometheus:
            yield Windows(prometheus, promtool.path)
