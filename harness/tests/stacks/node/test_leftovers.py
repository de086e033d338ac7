"""Processes that a killed node left behind."""

from pathlib import Path

from harness.stacks.embedded.cgroups import CgroupSupport
from harness.stacks.embedded.node.leftovers import find_leftovers, marks


def test_a_pods_processes_are_known_by_both_marks_or_by_their_group(tmp_path: Path) -> None:
    """The node itself carries the run's mark only; another run's pods are not ours."""
    for pid, variables in {
        11: marks("r1", "u1"),
        12: {"KUBEMIRROR_HARNESS_RUN": "r1"},
        13: marks("r2", "u2"),
        14: marks("r11", "u3"),
    }.items():
        (tmp_path / f"proc/{pid}").mkdir(parents=True)
        environ = b"".join(f"{name}={value}\0".encode() for name, value in variables.items())
        (tmp_path / f"proc/{pid}/environ").write_bytes(environ)
    group = tmp_path / "cpu/kubemirror-harness/r1/podu/c"
    group.mkdir(parents=True)
    (group / "cgroup.procs").write_text("15\n16\n")
    support = CgroupSupport(version=1, reason="", parents=(("cpu", tmp_path / "cpu", tmp_path / "cpu"),))

    assert find_leftovers(support, "r1", proc=tmp_path / "proc") == {11, 15, 16}
