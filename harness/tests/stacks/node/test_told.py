"""What the node tells whoever started it."""

import stat
from pathlib import Path

from harness.stacks.embedded.node.told import FILE_NAME, NodeTold


def test_what_is_told_is_read(tmp_path: Path) -> None:
    """Nothing before it is told; then the last word, for this user alone, and no file beside it."""
    assert NodeTold.read(tmp_path) is None
    for reason in ("no cgroups", ""):
        NodeTold(no_limits=reason).write(tmp_path / "new")
        assert NodeTold.read(tmp_path / "new") == NodeTold(no_limits=reason)
    assert [file.name for file in (tmp_path / "new").iterdir()] == [FILE_NAME]
    assert stat.S_IMODE((tmp_path / "new" / FILE_NAME).stat().st_mode) == 0o600
