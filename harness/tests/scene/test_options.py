"""Options: the kind of stack decides what is not asked for, and which alerts run slower."""

import pytest

from harness.cli.main import _DEFAULT_SUBJECT
from harness.core.speed import Speed
from harness.scene import options
from harness.scene.options import Options, read_options
from harness.stacks.rhythm import EMBEDDED, EXISTING, KIND, StackTraits


def read(pytester: pytest.Pytester, *words: str) -> Options:
    """What this command line asks for."""
    words = ("-p", "harness.plugin", "-p", "no:asyncio", f"--subject={_DEFAULT_SUBJECT}", *words)
    return read_options(pytester.parseconfig(*words))


@pytest.mark.parametrize(
    ("traits", "speed"), [(EMBEDDED, 60), (KIND, 30), (EXISTING, 1)], ids=["embedded", "kind", "existing"]
)
def test_without_a_speed_each_kind_of_stack_has_its_own(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, traits: StackTraits, speed: float
) -> None:
    """One that is given is that, whatever the stack."""
    monkeypatch.setattr(options, "traits_of", lambda _name: traits)
    assert read(pytester).speed == Speed(speed)
    assert read(pytester, "--speed", "10").speed == Speed(10)


def test_the_alerts_about_containers_are_slower_where_a_kubelet_tells_of_them(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The embedded node reads their figures when it is asked."""
    assert read(pytester).limits == {}
    monkeypatch.setattr(options, "traits_of", lambda _name: KIND)
    limits = read(pytester).limits
    assert limits == {"KubeMirrorMemoryHigh": Speed(7), "KubeMirrorCPUThrottling": Speed(3)}
