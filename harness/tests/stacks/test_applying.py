"""kubectl's own words are the reason when it refuses, and a kubectl that does not work is an error of the place."""

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.contract.subject import Subject
from harness.core.errors import MisuseError
from harness.home import DEFAULT_SUBJECT
from harness.stacks.applying import (
    ApplyError,
    ManifestsError,
    RefusedError,
    apply,
    built,
    check_manifest_files,
    kustomize,
)
from harness.subject_reader import read_subject

_SUBJECT, _ = read_subject(DEFAULT_SUBJECT)


def _kubectl(tmp_path: Path, body: str) -> Path:
    path = tmp_path / "kubectl"
    path.write_text(f"#!{sys.executable} -ISE\nimport sys\n{body}")
    path.chmod(0o755)
    return path


def test_kustomize_gives_what_kubectl_prints(tmp_path: Path) -> None:
    """For the directory it is asked for."""
    assert kustomize(_kubectl(tmp_path, "print(sys.argv[1:])"), Path("deploy")) == "['kustomize', 'deploy']\n"


def test_a_directory_that_cannot_be_built_is_the_user_s(tmp_path: Path) -> None:
    """Misuse, with kubectl's reason."""
    with pytest.raises(ManifestsError, match="deploy cannot be built") as caught:
        kustomize(_kubectl(tmp_path, "sys.exit('error: no kustomization.yaml')"), Path("deploy"))
    assert (caught.value.why, caught.value.exit_code) == ("no kustomization.yaml", 2)


def with_manifests(*sources: Path) -> Subject:
    """The default subject with these manifests."""
    return replace(_SUBJECT, namespace="shop", files=replace(_SUBJECT.files, manifests=sources))


def test_directories_are_built_and_files_are_read(tmp_path: Path) -> None:
    """In their order; what names no namespace goes to the subject's, and numbers are kubectl's."""
    built_one = "apiVersion: v1\nkind: Service\nmetadata: {name: built}"
    kubectl, file = _kubectl(tmp_path, f"print({built_one!r})"), tmp_path / "rbac.yaml"
    file.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: read, namespace: own}\nmode: 0644\n---\n")
    assert built(kubectl, with_manifests(tmp_path, file)) == (
        {"apiVersion": "v1", "kind": "Service", "metadata": {"name": "built", "namespace": "shop"}},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "read", "namespace": "own"}, "mode": 420},
    )


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """Also before there is a kubectl; a directory is kustomize's, and waits for it."""
    with pytest.raises(MisuseError, match=r"missing\.yaml"):
        built(tmp_path / "kubectl", with_manifests(tmp_path / "missing.yaml"))
    (tmp_path / "wrong.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: No}\n")
    with pytest.raises(MisuseError, match=r"wrong\.yaml:3:12: metadata\.name must be text, not the boolean false"):
        check_manifest_files(with_manifests(tmp_path, tmp_path / "wrong.yaml"))
    check_manifest_files(with_manifests(tmp_path))


def test_apply_takes_ownership_without_asking_for_the_schema(tmp_path: Path) -> None:
    """By server-side apply, from standard input."""
    kubectl = _kubectl(tmp_path, f"open({str(tmp_path / 'out')!r}, 'w').write(repr(sys.argv[1:]) + sys.stdin.read())")
    apply(kubectl, Path("kubeconfig"), "kind: X")
    told = (tmp_path / "out").read_text()
    assert told.endswith("kind: X")
    for word in ("'--kubeconfig', 'kubeconfig', 'apply', '--server-side', '--force-conflicts'", "'--validate=false'"):
        assert word in told


def test_the_user_s_own_settings_change_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither a kuberc nor a proxy reaches `apply`, and no cache is left in the user's home."""
    hostile = {"KUBECONFIG": "other", "KUBERC": "mine", "KUBECTL_KYAML": "true", "HTTPS_PROXY": "http://127.0.0.1:9"}
    for name, value in hostile.items():
        monkeypatch.setenv(name, value)
    kubectl = _kubectl(tmp_path, f"import os; open({str(tmp_path / 'out')!r}, 'w').write(repr(dict(os.environ)))")
    apply(kubectl, Path("kubeconfig"), "kind: X")
    seen = ast.literal_eval((tmp_path / "out").read_text())
    assert (seen["KUBERC"], seen["KUBECACHEDIR"]) == ("off", "/dev/null")
    assert not {"HOME", *hostile} - {"KUBERC"} & set(seen)


def test_bases_elsewhere_are_fetched_as_the_user_fetches_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the user's proxy, but without the user's kuberc."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    kubectl = _kubectl(tmp_path, "import os; print(os.environ['HTTPS_PROXY'], os.environ['KUBERC'])")
    assert kustomize(kubectl, Path("deploy")) == "http://proxy off\n"


def test_manifests_that_are_refused_are_told(tmp_path: Path) -> None:
    """With the server's words."""
    with pytest.raises(ApplyError, match="did not take") as caught:
        apply(_kubectl(tmp_path, "sys.exit('no matches for kind X')"), Path("k"), "kind: X")
    assert caught.value.why == "no matches for kind X"


_INVALID = 'The Deployment "x" is invalid: \n* spec.replicas: Invalid value: -1\n* spec.selector: Required value'
_WEBHOOK = 'Error from server (InternalError): failed calling webhook "x": no endpoints available'


@pytest.mark.parametrize(
    ("said", "final"),
    [
        ('The PrometheusRule "X" is invalid: metadata.name: Invalid value: "X"', True),
        (_INVALID, True),
        ('Error from server (NotFound): namespaces "x" not found', True),
        ('Error from server: admission webhook "x" denied the request: Rules are not valid', True),
        ("Error from server: failed to create typed patch object (n/x): .spec.a: field not declared in schema", True),
        ("Warning: would violate PodSecurity\n" + _INVALID, True),
        (_WEBHOOK, False),
        (f"{_INVALID}\n{_WEBHOOK}", False),
        ("Unable to connect to the server: connection refused", False),
        ("Error from server (Forbidden): user x cannot create", False),
        ("", False),
    ],
)
def test_what_the_server_will_never_take_is_no_failure_of_the_place(tmp_path: Path, said: str, final: bool) -> None:
    """Where one of several may go by, all may be tried again."""
    with pytest.raises(ApplyError) as caught:
        apply(_kubectl(tmp_path, f"sys.stderr.write({said!r}); sys.exit(1)"), Path("k"), "kind: X")
    assert isinstance(caught.value, RefusedError) is final


def test_a_kubectl_that_hangs_or_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Never a traceback."""
    with pytest.raises(ApplyError, match="did not do its work"):
        kustomize(tmp_path / "kubectl", Path("deploy"))

    def hang(command: list[str], *, timeout: float, **_: object) -> None:
        raise subprocess.TimeoutExpired(command, timeout)

    monkeypatch.setattr(subprocess, "run", hang)
    with pytest.raises(ApplyError, match="did not do its work") as caught:
        apply(tmp_path / "kubectl", Path("k"), "kind: X")
    assert "timed out after 60.0 seconds" in caught.value.why
