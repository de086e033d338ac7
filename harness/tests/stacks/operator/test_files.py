"""Files: replaced at once, private, touched only when their content changes."""

from dataclasses import replace
from pathlib import Path

from harness.core.operator.translation import Accepted, Rejected, Translation
from harness.stacks.embedded.operator.config import OperatorConfig
from harness.stacks.embedded.operator.files import Changed, generation, replace_file, write_files
from harness.stacks.embedded.operator.status import OperatorStatus

_ONE = Translation(prometheus="p", rules={"a.yaml": "a", "b.yaml": "b"}, alertmanager="m", accepted=(), rejected=())


def test_only_what_changed_is_reported(config: OperatorConfig) -> None:
    """A reload is asked for exactly where the content is new; rule files that are gone are removed."""
    assert write_files(_ONE, config) == Changed(prometheus=True, alertmanager=True)
    assert write_files(_ONE, config) == Changed(prometheus=False, alertmanager=False)
    assert write_files(replace(_ONE, alertmanager="n"), config) == Changed(prometheus=False, alertmanager=True)
    assert write_files(replace(_ONE, alertmanager="n", rules={"a.yaml": "c"}), config) == Changed(
        prometheus=True, alertmanager=False
    )
    assert {path.name: path.read_text() for path in config.rules_dir.iterdir()} == {"a.yaml": "c"}
    assert write_files(replace(_ONE, alertmanager="n", rules={}), config).prometheus


def test_files_are_private(tmp_path: Path) -> None:
    """They hold a token: nobody else reads them, and no half of a file is ever seen under its name."""
    path = tmp_path / "f"
    assert replace_file(path, "x")
    assert path.stat().st_mode & 0o777 == 0o600
    assert [one.name for one in tmp_path.iterdir()] == ["f"]


def test_generations_differ_with_any_content() -> None:
    """Equal content, equal generation; each part counts."""
    others = [
        replace(_ONE, prometheus="x"),
        replace(_ONE, alertmanager="x"),
        replace(_ONE, rules={"a.yaml": "a"}),
        replace(_ONE, rules={"a.yaml": "a", "b.yaml": "x"}),
    ]
    assert len({generation(_ONE), *map(generation, others)}) == 5
    assert generation(_ONE) == generation(replace(_ONE, rules={"b.yaml": "b", "a.yaml": "a"}))


def test_the_status_is_read_back(tmp_path: Path) -> None:
    """What the process writes is what the harness reads; settled means both run what is written."""
    status = OperatorStatus(
        generation="g",
        prometheus_generation="g",
        accepted=(Accepted(kind="k", namespace="n", name="a"),),
        rejected=(Rejected(kind="k", namespace="n", name="b", why="w"),),
    )
    path = tmp_path / "status.json"
    assert OperatorStatus.read(path) is None
    status.write(path)
    assert OperatorStatus.read(path) == status
    assert not status.settled
    assert replace(status, alertmanager_generation="g").settled
