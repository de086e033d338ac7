"""The user's kubeconfig: the same cluster as kubectl's, alone in a file of its own, whatever stands in it."""

import json
from pathlib import Path
from typing import Any

import pytest

from harness.stacks.existing.kubeconfig import Kubeconfig, KubeconfigError


def text(server: str = "https://one.example", *, context: str = "dev", user: object = None) -> str:
    """A kubeconfig of one context."""
    return json.dumps(
        {
            "clusters": [{"name": "c", "cluster": {"server": server, "certificate-authority": "ca.crt"}}],
            "users": [{"name": "u", "user": {"token": "t"} if user is None else user}],
            "contexts": [{"name": context, "context": {"cluster": "c", "user": "u", "namespace": "n"}}],
            "current-context": "another",
        }
    )


def written(path: Path, content: str) -> Path:
    """The file, with this content."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(content, encoding="utf-8")
    return path


def alone(kubeconfig: Kubeconfig, context: str = "dev") -> Any:
    """The kubeconfig with this context alone, read back."""
    return json.loads(kubeconfig.destination(context).kubeconfig)


def test_the_first_file_wins_as_for_kubectl(tmp_path: Path) -> None:
    """Two files of KUBECONFIG have the same names: the context leads where kubectl's does, not where the last one's."""
    first = written(tmp_path / "a" / "config", text("https://one.example"))
    second = written(tmp_path / "b" / "config", text("https://two.example"))
    third = written(tmp_path / "c" / "config", text("https://one.example", context="stage"))
    value = f"{first}::{tmp_path / 'missing'}:{second}:{third}"
    found = Kubeconfig.read(None, {"KUBECONFIG": value, "HOME": str(tmp_path)})
    assert found.contexts == ("dev", "stage")
    assert found.destination("dev").server == "https://one.example"
    assert alone(found)["clusters"][0]["cluster"]["certificate-authority"] == str(tmp_path / "a" / "ca.crt")


def test_the_file_that_was_named_is_the_only_one(tmp_path: Path) -> None:
    """KUBECONFIG and ~/.kube/config do not count then."""
    other = written(tmp_path / "other", text("https://two.example", context="other"))
    named = written(tmp_path / "named", text())
    assert Kubeconfig.read(named, {"KUBECONFIG": str(other)}).contexts == ("dev",)


def test_without_anything_it_is_the_usual_file(tmp_path: Path) -> None:
    """~/.kube/config."""
    written(tmp_path / ".kube" / "config", text())
    assert Kubeconfig.read(None, {"HOME": str(tmp_path)}).contexts == ("dev",)


def test_the_destination_leads_nowhere_else(tmp_path: Path) -> None:
    """One context, the current one, and no namespace; paths hold from anywhere; a plugin without a slash is in PATH."""
    plugin = {"command": "./login", "apiVersion": "client.authentication.k8s.io/v1"}
    user = {"client-key": "/abs/key", "client-certificate": "certs/me.crt", "tokenFile": "token", "exec": plugin}
    found = Kubeconfig.read(written(tmp_path / "config", text(user=user)), {})
    content = alone(found)
    assert content["current-context"] == "dev"
    assert [one["name"] for one in content["contexts"]] == ["dev"]
    assert content["contexts"][0]["context"] == {"cluster": "c", "user": "u"}
    assert content["users"][0]["user"] == {
        "client-key": "/abs/key",
        "client-certificate": str(tmp_path / "certs/me.crt"),
        "tokenFile": str(tmp_path / "token"),
        "exec": {**plugin, "command": str(tmp_path / "login")},
    }
    by_path = {"exec": {"command": "aws"}}
    found = Kubeconfig.read(written(tmp_path / "config", text(user=by_path)), {})
    assert alone(found)["users"][0]["user"] == by_path


def test_no_credential_is_shown(tmp_path: Path) -> None:
    """Neither of a user nor of a URL, neither by repr nor in the message about a key that is there twice."""
    content = text("https://me:geheim@one.example:6443", user={"token": "geheim"})
    found = Kubeconfig.read(written(tmp_path / "config", content), {})
    assert found.destination("dev").server == "https://one.example:6443"
    assert "geheim" not in repr(found) + repr(found.destination("dev"))
    assert "geheim" in found.destination("dev").kubeconfig
    twice = written(tmp_path / "twice", "users:\n- name: u\n  user:\n    token: geheim\n    token: geheim2\n")
    with pytest.raises(KubeconfigError, match="line 5: a key is given twice") as refused:
        Kubeconfig.read(twice, {})
    assert "geheim" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ("- a\n", "it is no mapping"),
        ("contexts: {dev: {}}", "contexts is no list"),
        ("contexts: dev", "contexts is no list"),
        ("contexts: [dev]", "an entry of contexts is no mapping"),
        ("contexts: [{context: {}}]", "an entry of contexts has no name"),
        ("contexts: [{name: [a]}]", "an entry of contexts has no name"),
        ("contexts: [{name: dev, context: 1}]", "context 'dev' is no mapping"),
        ("contexts: [{name: dev}, {name: dev}]", "context 'dev' is there twice"),
        ("a: [", "line 2: it is no valid YAML"),
        ("a: \x00", "line 1: it is no valid YAML"),
        ("[" * 1_200, "line 1: it is nested too deeply"),
    ],
)
def test_what_is_no_kubeconfig_is_refused(tmp_path: Path, content: str, why: str) -> None:
    """In words, with exit code 2, and without running anything."""
    with pytest.raises(KubeconfigError, match="is no kubeconfig") as refused:
        Kubeconfig.read(written(tmp_path / "config", content), {})
    assert refused.value.why == why
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"clusters": []}, "its cluster 'c' is not there"),
        ({"users": [{"name": "v"}]}, "its user 'u' is not there"),
        ({"clusters": [{"name": "c"}]}, "its cluster has no server"),
        ({"clusters": [{"name": "c", "cluster": {"server": ["x"]}}]}, "its cluster has no server"),
        ({"contexts": [{"name": "dev"}]}, "its cluster None is not there"),
        ({"contexts": [{"name": "dev", "context": None}]}, "its cluster None is not there"),
    ],
)
def test_a_context_that_leads_nowhere_is_told(tmp_path: Path, change: dict[str, object], why: str) -> None:
    """Before anything tries to use it."""
    found = Kubeconfig.read(written(tmp_path / "config", json.dumps(json.loads(text()) | change)), {})
    with pytest.raises(KubeconfigError, match="leads nowhere") as refused:
        found.destination("dev")
    assert refused.value.why == why


@pytest.mark.parametrize(
    "extra",
    [
        "\n".join(["a0: &a0 [x, x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]),
        "a11: &a11 {again: *a11}",
    ],
    ids=["aliases of aliases", "itself"],
)
def test_aliases_do_not_fill_the_memory(tmp_path: Path, extra: str) -> None:
    """Ten billion values in a few lines are given up, also those that refer to themselves."""
    content = f"{extra}\nclusters: [{{name: c, cluster: {{server: s}}}}]\n"
    content += "contexts: [{name: dev, context: {cluster: c, user: u}}]\n"
    with pytest.raises(KubeconfigError, match="is no kubeconfig") as refused:
        Kubeconfig.read(written(tmp_path / "config", content + "users: [{name: u, user: {exec: *a11}}]\n"), {})
    assert refused.value.why.partition(": ")[2] == "its aliases have no end"


def test_a_tag_runs_nothing(tmp_path: Path) -> None:
    """To kubectl it says nothing, and so it does here."""
    content = "clusters: [{name: c, cluster: {server: s}}]\ncontexts: [{name: dev, context: {cluster: c, user: u}}]\n"
    content += "users: [{name: u, user: {token: !!python/object/apply:os._exit [5]}}]\n"
    found = Kubeconfig.read(written(tmp_path / "config", content), {})
    assert alone(found)["users"][0]["user"] == {"token": [5]}


def test_no_is_false_as_for_kubectl(tmp_path: Path) -> None:
    """`insecure-skip-tls-verify: no` must not become a text, which would count as true."""
    content = "clusters: [{name: c, cluster: {server: s, insecure-skip-tls-verify: no}}]\nusers: [{name: u}]\n"
    content += "contexts: [{name: dev, context: {cluster: c, user: u}}]\n"
    found = Kubeconfig.read(written(tmp_path / "config", content), {})
    assert alone(found)["clusters"][0]["cluster"]["insecure-skip-tls-verify"] is False


@pytest.mark.parametrize("named", [True, False], ids=["named", "usual"])
def test_a_missing_file_is_told(tmp_path: Path, *, named: bool) -> None:
    """One that was named cannot be read; of the usual ones none exists."""
    with pytest.raises(KubeconfigError) as refused:
        Kubeconfig.read(tmp_path / "x" if named else None, {"KUBECONFIG": f"{tmp_path}/y:{tmp_path}/z"})
    assert str(tmp_path / ("x" if named else "z")) in str(refused.value)


def test_what_cannot_be_read_is_told(tmp_path: Path) -> None:
    """A directory, and a file that is no text."""
    with pytest.raises(KubeconfigError, match="cannot read kubeconfig"):
        Kubeconfig.read(tmp_path, {})
    (tmp_path / "binary").write_bytes(b"\xff\xfe")
    with pytest.raises(KubeconfigError, match="not UTF-8"):
        Kubeconfig.read(tmp_path / "binary", {})


def test_an_empty_file_has_no_contexts(tmp_path: Path) -> None:
    """As for kubectl."""
    assert Kubeconfig.read(written(tmp_path / "config", ""), {}).contexts == ()
