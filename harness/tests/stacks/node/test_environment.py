"""Environments and command lines, as Kubernetes would make them."""

from decimal import Decimal

import pytest

from harness.stacks.embedded.node.config import LocalImage
from harness.stacks.embedded.node.environment import (
    ConfigurationError,
    DownwardValues,
    build_command,
    build_environment,
    expand,
    needed_objects,
    refuse_unknown_features,
)
from harness.stacks.embedded.node.pod import (
    Container,
    EnvSource,
    Handler,
    Pod,
    Probe,
    Reference,
    Resources,
    Variable,
    VariableSource,
)

_PLACE = DownwardValues(
    listen_ip="127.18.7.10", host_ip="127.18.7.1", node_cpu_cores=Decimal(2), node_memory_bytes=Decimal(1 << 30)
)
_POD = Pod(
    namespace="shop", name="web-1", uid="u1", node_name="n1", labels=(("app", "web"),), annotations=(("note", "hi"),)
)
_IMAGE = LocalImage(command=("{python}", "-m", "controller"), append_args=("--bind", "$(POD_IP)"))


def _refer(source: EnvSource, key: str, name: str = "", *, optional: bool = False, divisor: str = "1") -> Variable:
    reference = Reference(source=source, name=name, key=key, optional=optional, divisor=divisor)
    return Variable(name="X", value="", reference=reference)


def _value(variable: Variable, container: Container | None = None) -> str | None:
    whole = Container(
        name="c", image="i", environment=(variable,), resources=container.resources if container else Resources()
    )
    objects = {(EnvSource.SECRET, "s"): {"k": "v"}, (EnvSource.CONFIG_MAP, "gone"): None}
    return build_environment(_POD, whole, place=_PLACE, objects=objects, inherited={}).get("X")


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("metadata.name", "web-1"),
        ("metadata.namespace", "shop"),
        ("metadata.uid", "u1"),
        ("spec.nodeName", "n1"),
        ("spec.serviceAccountName", "default"),
        ("status.podIP", "127.18.7.10"),
        ("status.hostIP", "127.18.7.1"),
        ("metadata.labels['app']", "web"),
        ("metadata.annotations['note']", "hi"),
        ("metadata.labels['none']", ""),
    ],
)
def test_the_downward_api_gives_fields(path: str, value: str) -> None:
    """A field's value; the pod's address is the one to listen on."""
    assert _value(_refer(EnvSource.FIELD, path)) == value


def test_an_unknown_field_is_refused_with_the_known_ones() -> None:
    """A field that is silently empty would be a riddle."""
    with pytest.raises(ConfigurationError, match=r"shop/web-1") as caught:
        _value(_refer(EnvSource.FIELD, "spec.priority"))
    assert "spec.priority" in caught.value.why


@pytest.mark.parametrize(
    ("key", "divisor", "value"),
    [
        ("limits.memory", "1", "67108864"),
        ("limits.memory", "1Mi", "64"),
        ("limits.cpu", "1", "1"),
        ("limits.cpu", "1m", "200"),
        ("requests.memory", "1", "0"),
    ],
)
def test_resources_are_divided_and_rounded_up(key: str, divisor: str, value: str) -> None:
    """200m of a core is 1 whole core, or 200 thousandths."""
    container = Container(name="c", image="i", resources=Resources(limits=(("cpu", "200m"), ("memory", "64Mi"))))
    assert _value(_refer(EnvSource.RESOURCE, key, divisor=divisor), container) == value


def test_a_missing_limit_stands_for_the_machine() -> None:
    """As the kubelet: without a limit the node's capacity is given."""
    assert _value(_refer(EnvSource.RESOURCE, "limits.cpu")) == "2"


def test_keys_of_objects_are_given_and_missing_ones_refused_unless_optional() -> None:
    """The message is the kubelet's, because people search for it."""
    assert _value(_refer(EnvSource.SECRET, "k", "s")) == "v"
    assert _value(_refer(EnvSource.SECRET, "none", "s", optional=True)) is None
    assert _value(_refer(EnvSource.CONFIG_MAP, "k", "gone", optional=True)) is None
    with pytest.raises(ConfigurationError) as no_key:
        _value(_refer(EnvSource.SECRET, "none", "s"))
    assert no_key.value.why == "couldn't find key none in secret shop/s"
    with pytest.raises(ConfigurationError) as no_object:
        _value(_refer(EnvSource.CONFIG_MAP, "k", "gone"))
    assert no_object.value.why == 'configmap "gone" not found'


def test_all_keys_of_an_object_come_under_a_prefix_and_own_variables_win() -> None:
    """EnvFrom first, env over it."""
    source = VariableSource(source=EnvSource.CONFIG_MAP, name="m", prefix="P_", optional=False)
    container = Container(
        name="c", image="i", environment_from=(source,), environment=(Variable(name="P_b", value="own"),)
    )
    objects = {(EnvSource.CONFIG_MAP, "m"): {"a": "1", "b": "2"}}

    assert needed_objects(container) == ((EnvSource.CONFIG_MAP, "m"),)
    environment = build_environment(_POD, container, place=_PLACE, objects=objects, inherited={})
    assert {name: environment[name] for name in ("P_a", "P_b")} == {"P_a": "1", "P_b": "own"}
    with pytest.raises(ConfigurationError):
        build_environment(_POD, container, place=_PLACE, objects={}, inherited={})


def test_little_is_inherited() -> None:
    """A container does not see what its node happens to have in its environment, but carries the run's mark."""
    inherited = {"PATH": "/bin", "KUBEMIRROR_HARNESS_RUN": "r", "AWS_SECRET": "x", "KUBECONFIG": "/admin"}
    environment = build_environment(_POD, Container(name="c", image="i"), place=_PLACE, objects={}, inherited=inherited)
    assert environment == {"PATH": "/bin", "KUBEMIRROR_HARNESS_RUN": "r", "HOSTNAME": "web-1"}


@pytest.mark.parametrize(
    ("text", "expanded"),
    [("$(A)-$(B)", "1-$(B)"), ("$$(A)", "$(A)"), ("$A ${A} $", "$A ${A} $"), ("$(A", "$(A")],
)
def test_references_are_expanded_as_kubernetes_does(text: str, expanded: str) -> None:
    """Unknown names stay, a doubled dollar sign is one, nothing else is special."""
    assert expand(text, {"A": "1"}) == expanded


def test_arguments_stand_between_the_entry_point_and_what_the_table_appends() -> None:
    """The pod's args replace the image's default arguments, which a local command does not have."""
    container = Container(name="c", image="i", args=("--threads=$(N)",))
    environment = {"POD_IP": "127.18.7.10", "N": "5"}
    assert build_command(container, _IMAGE, environment, python="/py") == (
        "/py",
        "-m",
        "controller",
        "--threads=5",
        "--bind",
        "127.18.7.10",
    )


def test_a_command_replaces_the_whole_entry_point() -> None:
    """A patched `false` is run as it is: what the table appends belongs to the table's command."""
    container = Container(name="c", image="i", command=("false",), args=("x",))
    assert build_command(container, _IMAGE, {}) == ("false", "x")


def test_what_would_silently_not_happen_is_refused() -> None:
    """A sidecar, and a probe of a kind the node cannot ask."""
    unknown = Probe(
        handler=Handler(), initial_delay_s=0, period_s=1, timeout_s=1, success_threshold=1, failure_threshold=1
    )
    with pytest.raises(ConfigurationError, match="container c"):
        refuse_unknown_features(Container(name="c", image="i", liveness=unknown))
    with pytest.raises(ConfigurationError, match="container c"):
        refuse_unknown_features(Container(name="c", image="i", is_sidecar=True))
    refuse_unknown_features(Container(name="c", image="i"))
