"""Reading from disk: paths are followed from the subject file, and what is not there is said before anything starts."""

import os
import shutil
from pathlib import Path

import pytest

from harness.core.files.mistakes import FileMistakesError
from harness.subject_reader import FileUnreadableError, read_subject
from harness.tests.core.contract.test_file import TEXT as CONTRACT
from harness.tests.core.contract.test_subject_file import TEXT as SUBJECT


@pytest.fixture
def subject_file(tmp_path: Path) -> Path:
    """A subject whose files all exist."""
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "kustomization.yaml").touch()
    bundle = tmp_path / "bundle"
    bundle.mkdir()
    for name in ("rules.yaml", "monitor.yaml", "route.yaml", "dashboard.json", "values.yaml"):
        (bundle / name).touch()
    (bundle / "contract.yaml").write_text(CONTRACT, encoding="utf-8")
    (bundle / "subject.yaml").write_text(SUBJECT, encoding="utf-8")
    return bundle / "subject.yaml"


def test_a_subject_and_its_contract_are_read(subject_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """From any working directory the paths are absolute and the contract is the one beside the subject."""
    monkeypatch.chdir(subject_file.parent)
    subject, contract = read_subject(Path("subject.yaml"))
    assert Path(subject.files.rules) == subject_file.parent / "rules.yaml"
    assert Path(contract.source) == subject_file.parent / "contract.yaml"


def test_the_default_subject_is_read() -> None:
    """The subject that this project ships names files that exist."""
    subject, contract = read_subject(Path(__file__).parents[2] / "monitoring" / "subject.yaml")
    assert subject.namespace == contract.alerts[0].labels["namespace"]


def test_a_copy_of_the_default_bundle_works_from_anywhere(tmp_path: Path) -> None:
    """As the documentation says: copy the directory, change the rules, give its subject.yaml."""
    original = Path(__file__).parents[2] / "monitoring"
    shutil.copytree(original, tmp_path / "tried")
    copied, _ = read_subject(tmp_path / "tried" / "subject.yaml")
    shipped, _ = read_subject(original / "subject.yaml")
    assert copied.files.manifests == shipped.files.manifests
    assert Path(copied.files.rules) == tmp_path / "tried" / "prometheusrule.yaml"
    assert [one.build for one in copied.images] == [one.build for one in shipped.images]


def test_missing_files_are_all_named(subject_file: Path) -> None:
    """Every path that leads nowhere is listed with its key."""
    (subject_file.parent / "rules.yaml").unlink()
    (subject_file.parent / "route.yaml").unlink()
    with pytest.raises(FileUnreadableError) as caught:
        read_subject(subject_file)
    assert "rules: " in caught.value.why
    assert "alertmanager: " in caught.value.why


@pytest.mark.parametrize("name", ["nowhere.yaml", "."])
def test_a_subject_that_cannot_be_opened_is_misuse(name: str, subject_file: Path) -> None:
    """A missing file and a directory are both said in the system's words."""
    with pytest.raises(FileUnreadableError, match="cannot read the subject"):
        read_subject(subject_file.parent / name)


def test_directories_and_binary_files_are_all_named(subject_file: Path) -> None:
    """With the key of each, and in words: what is read later would blame another file, or nobody."""
    bundle = subject_file.parent
    (bundle / "rules.yaml").unlink()
    (bundle / "rules.yaml").mkdir()
    (bundle / "monitor.yaml").write_bytes(b"PK\0\3")
    (bundle / "route.yaml").unlink()
    (bundle / "route.yaml").symlink_to("route.yaml")
    (bundle / "dashboard.json").unlink()
    os.mkfifo(bundle / "dashboard.json")
    (bundle.parent / "deploy" / "kustomization.yaml").unlink()
    with pytest.raises(FileUnreadableError) as caught:
        read_subject(subject_file)
    assert [line.split(": ", 2)[::2] for line in caught.value.why.split("\n       ")] == [
        ["manifests", "the directory has no kustomization.yaml"],
        ["rules", "it is a directory"],
        ["service_monitor", "it is a binary file, not text"],
        ["alertmanager", "it is a link to itself"],
        ["dashboard", "it is no file but a pipe or a device"],
    ]


def test_a_file_that_is_no_text_is_misuse(subject_file: Path) -> None:
    """Bytes that are not UTF-8 are refused, not guessed."""
    subject_file.write_bytes(b"\xff\xfe")
    with pytest.raises(FileUnreadableError) as caught:
        read_subject(subject_file)
    assert caught.value.why == "it is not text in UTF-8: byte 1 is none of it"


def test_a_mistake_in_the_contract_names_the_contract(subject_file: Path) -> None:
    """The message leads to the file that is wrong, not to the one that names it."""
    contract = subject_file.parent / "contract.yaml"
    contract.write_text(CONTRACT.replace("for: 15m", "for: 15"), encoding="utf-8")
    with pytest.raises(FileMistakesError) as caught:
        read_subject(subject_file)
    assert f"{contract}:7:" in caught.value.why
