"""kubectl's own words are the reason when it refuses, and a kubectl that does not work is an error of the place."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from harness.stacks.applying import ApplyError, ManifestsError, apply, built, kustomize, labelled


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


def test_directories_are_built_and_files_are_read(tmp_path: Path) -> None:
    """In their order; a file that is none is misuse."""
    kubectl, file = _kubectl(tmp_path, "print('kind: Built')"), tmp_path / "rbac.yaml"
    file.write_text("kind: Read")
    assert built(kubectl, [tmp_path, file]) == "kind: Built\n\n---\nkind: Read"
    with pytest.raises(ManifestsError, match=r"missing\.yaml cannot be read"):
        built(kubectl, [tmp_path / "missing.yaml"])


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


_PRINTS_TWO = 'print(\'{\\n  "kind": "A"\\n}\\n{\\n  "kind": "B", "mode": 420\\n}\\n\')'


def test_labels_are_put_on_by_kubectl_itself(tmp_path: Path) -> None:
    """What YAML means is Go's business; what comes back are documents that `apply` takes, in their order."""
    told = tmp_path / "out"
    saying = f"open({str(told)!r}, 'w').write(repr(sys.argv[1:]) + sys.stdin.read())"
    kubectl = _kubectl(tmp_path, f"{saying}\n{_PRINTS_TWO}")
    found = labelled(kubectl, "mode: 0644", {"run": "r1", "a/b": "c"})
    assert found == '{"kind": "A"}\n---\n{"kind": "B", "mode": 420}'
    words, _, stdin = told.read_text().partition("]")
    assert stdin == "mode: 0644"
    assert ast.literal_eval(f"{words}]")[:3] == ["label", "--local", "--overwrite"]
    assert ast.literal_eval(f"{words}]")[-2:] == ["run=r1", "a/b=c"]


def test_no_cluster_is_asked_for_labels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Least of all the user's current one."""
    monkeypatch.setenv("KUBECONFIG", "mine")
    said = "import json, os; print(json.dumps(dict(os.environ)))"
    seen = ast.literal_eval(labelled(_kubectl(tmp_path, said), "", {"run": "r1"}))
    assert (seen["KUBECONFIG"], seen["KUBERC"], seen["KUBECACHEDIR"]) == ("/dev/null", "off", "/dev/null")
    assert "HOME" not in seen


def test_what_is_no_object_cannot_be_labelled(tmp_path: Path) -> None:
    """The subject's mistake, in kubectl's words."""
    with pytest.raises(ManifestsError, match="cannot be read") as caught:
        labelled(_kubectl(tmp_path, "sys.exit('error: Object \\'Kind\\' is missing')"), "a: 1", {"run": "r1"})
    assert (caught.value.why, caught.value.exit_code) == ("Object 'Kind' is missing", 2)
