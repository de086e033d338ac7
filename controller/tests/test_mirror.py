"""A mirror is made from its source, and recognised again."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from controller import names
from controller.jsonobject import JsonObject, child
from controller.kinds import Kind
from controller.mirror import Content, Key, Ownership, desired, mirror_from, ownership, source_from
from controller.tests.objects import foreign_body, source_body

SOURCE = source_from(source_body(), Kind.SECRET)


def _with(body: JsonObject, *, labels: object = None, annotations: object = None, **more: object) -> JsonObject:
    metadata = dict(child(body, "metadata"))
    if labels is not None:
        metadata["labels"] = labels
    if annotations is not None:
        metadata["annotations"] = annotations
    return {**body, **more, "metadata": metadata}


def test_mirror_carries_what_is_documented() -> None:
    """A mirror has the managed-by and mirror labels, its source's name and place, the hash, and the data."""
    assert desired(SOURCE, Kind.SECRET, "a") == {
        "apiVersion": "v1",
        "kind": "Secret",
        "type": "Opaque",
        "data": {"k": "dg=="},
        "metadata": {
            "name": "s",
            "namespace": "a",
            "labels": {"kubemirror.raczylo.com/mirror": "true", "kubemirror.raczylo.com/managed-by": "kubemirror"},
            "annotations": {
                "kubemirror.raczylo.com/source-namespace": "home",
                "kubemirror.raczylo.com/source-name": "s",
                "kubemirror.raczylo.com/content-hash": SOURCE.digest,
            },
        },
    }


def test_configmap_keeps_its_binary_data_and_has_no_type() -> None:
    """Both halves of a ConfigMap are mirrored."""
    body = desired(source_from(source_body(binaryData={"b": "AAA="}), Kind.CONFIGMAP), Kind.CONFIGMAP, "a")
    assert body["binaryData"] == {"b": "AAA="}
    assert "type" not in body


def test_what_was_made_equals_its_source() -> None:
    """A mirror just made needs no write; one of another content does."""
    made = mirror_from(desired(SOURCE, Kind.SECRET, "a"), Kind.SECRET)
    assert made.equals(SOURCE)
    assert not made.equals(source_from(source_body(data={"k": "eA=="}), Kind.SECRET))


@pytest.mark.parametrize(
    "drifted",
    [
        pytest.param(_with(desired(SOURCE, Kind.SECRET, "a"), data={"k": "eA=="}), id="data changed"),
        pytest.param(_with(desired(SOURCE, Kind.SECRET, "a"), data={"k": "dg==", "z": ""}), id="data added"),
        pytest.param(_with(desired(SOURCE, Kind.SECRET, "a"), type="kubernetes.io/tls"), id="type changed"),
        pytest.param(_with(desired(SOURCE, Kind.SECRET, "a"), labels={names.MIRROR: "true"}), id="label taken off"),
        pytest.param(_with(desired(SOURCE, Kind.SECRET, "a"), annotations={}), id="annotations taken off"),
    ],
)
def test_drift_is_seen(drifted: JsonObject) -> None:
    """Any change to what the controller wrote makes the mirror differ from its source."""
    assert not mirror_from(drifted, Kind.SECRET).equals(SOURCE)


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(source_body(sync="false"), id="sync is not true"),
        pytest.param(_with(source_body(), annotations={names.TARGET_NAMESPACES: "*"}), id="no sync annotation"),
        pytest.param(_with(source_body(), labels={names.ENABLED: "yes"}), id="enabled is not true"),
        pytest.param(source_body(type="kubernetes.io/service-account-token"), id="a service account's token"),
        pytest.param(
            {**source_body(), "metadata": {**child(source_body(), "metadata"), "deletionTimestamp": "2030-01-01"}},
            id="being deleted",
        ),
    ],
)
def test_who_does_not_ask_gets_no_mirrors(body: JsonObject) -> None:
    """Label and annotation must both say true, and the object must be there to stay."""
    assert source_from(body, Kind.SECRET).targets.select(["a"], own="home") == []
    assert source_from(source_body(), Kind.SECRET).targets.select(["a"], own="home") == ["a"]


MADE = desired(SOURCE, Kind.SECRET, "a")
ANNOTATIONS = child(child(MADE, "metadata"), "annotations")


@pytest.mark.parametrize(
    ("body", "owner"),
    [
        pytest.param(MADE, Ownership.OURS, id="as made"),
        pytest.param(_with(MADE, labels={}), Ownership.OURS, id="labels taken off"),
        pytest.param(_with(MADE, annotations={}), Ownership.OURS, id="annotations taken off"),
        pytest.param(_with(MADE, labels={}, annotations={}), Ownership.FOREIGN, id="both taken off"),
        pytest.param(foreign_body(), Ownership.FOREIGN, id="never ours"),
        pytest.param(
            desired(source_from(source_body(namespace="other"), Kind.SECRET), Kind.SECRET, "a"),
            Ownership.ANOTHER_SOURCES,
            id="another source's",
        ),
        pytest.param(_with(MADE, labels={names.ENABLED: "true"}), Ownership.FOREIGN, id="a source itself"),
    ],
)
def test_ownership(body: JsonObject, owner: Ownership) -> None:
    """Only what this controller made for this source is its own."""
    assert ownership(body, Kind.SECRET, Key("home", "s")) is owner


MAPS = st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=4)


@given(one=MAPS, other=MAPS)
def test_digest_tells_contents_apart_and_nothing_else(one: dict[str, str], other: dict[str, str]) -> None:
    """Equal contents have equal digests whatever the order of keys; other contents have others."""
    content = Content(type="", data=one, binary_data={})
    shuffled = dict(reversed(one.items()))
    assert content.digest() == replace(content, data=shuffled).digest()
    assert (content.digest() == replace(content, data=other).digest()) == (one == other)
    if one:
        assert content.digest() != Content(type="", data={}, binary_data=one).digest()


def test_content_is_never_shown() -> None:
    """The representation of a source, as a log or a traceback would show it, holds no data."""
    assert "dg==" not in repr(SOURCE)
