"""The subject's own small answers: where its files are, how its images run, what its sources carry."""

from pathlib import PurePosixPath

import pytest

from harness.core.contract.subject_file import load_subject
from harness.core.files.mistakes import FileMistakesError
from harness.tests.core.contract.test_subject_file import BUILT, TEXT, places

SUBJECT = load_subject(TEXT, "s.yaml")


def test_paths_are_resolved_below_the_subject_file() -> None:
    """Relative paths gain the directory of the file, absolute ones stay, nothing else changes."""
    subject = load_subject(TEXT.replace("rules: rules.yaml", "rules: /etc/rules.yaml"), "s.yaml")
    resolved = subject.resolve(places("/bundle"))
    assert resolved.files.contract == PurePosixPath("/bundle/contract.yaml")
    assert resolved.files.rules == PurePosixPath("/etc/rules.yaml")
    assert resolved.workload == subject.workload


def test_manifests_are_one_or_several_places() -> None:
    """Directories or files, in their order, each below the subject file."""
    several = TEXT.replace("manifests: ../deploy", "manifests: [../deploy, rbac.yaml]")
    resolved = load_subject(several, "s.yaml").resolve(places("/bundle"))
    assert resolved.files.manifests == (PurePosixPath("/bundle/../deploy"), PurePosixPath("/bundle/rbac.yaml"))
    with pytest.raises(FileMistakesError, match="manifests"):
        load_subject(TEXT.replace("manifests: ../deploy", "manifests: []"), "s.yaml")


def test_every_file_is_listed_with_its_key() -> None:
    """The keys are those of the subject file, so that a message can name the line to correct."""
    assert [key for key, _ in SUBJECT.files.items()] == [
        "contract",
        "manifests",
        "rules",
        "service_monitor",
        "alertmanager",
        "dashboard",
        "chart_values",
    ]


def test_an_image_runs_with_the_python_that_is_given() -> None:
    """`{python}` is whoever runs it."""
    (image,) = SUBJECT.images
    assert image.command_for("/usr/bin/python3") == ("/usr/bin/python3", "-m", "demo")


def test_a_program_is_found_from_the_subject_file() -> None:
    """`{subject}` is the directory of the subject file, in the command and in what is appended; the rest stays."""
    text = TEXT.replace('"{python}", "-m", "demo"', '"{subject}/bin/demo", "-v"').replace("$(POD_IP)", "{subject}/c")
    (image,) = load_subject(text, "s.yaml").resolve(places("/bundle")).images
    assert image.command == ("/bundle/bin/demo", "-v")
    assert image.append_args == ("--bind=/bundle/c",)
    assert SUBJECT.resolve(places("/bundle")).images == SUBJECT.images


def test_what_lies_beside_the_harness_is_found_from_anywhere() -> None:
    """`{checkout}` in paths, in commands and in what an image is built from: a copy of the bundle stays whole."""
    text = BUILT.replace("manifests: ", "manifests: '{checkout}/deploy' # ").replace(
        "context: [", "context: ['{checkout}/c', "
    )
    text = text.replace('"{python}"', '"{checkout}/bin/python"')
    found = load_subject(text, "s.yaml").resolve(places("/elsewhere"))
    assert list(map(str, found.files.manifests)) == ["/src/deploy"]
    assert str(found.files.rules).startswith("/elsewhere/")
    (image,) = found.images
    assert image.command[0] == "/src/bin/python"
    assert image.build is not None
    assert str(image.build.context[0]) == "/src/c"


def test_sources_name_their_targets() -> None:
    """The placeholder becomes the list of namespaces, separated by commas."""
    assert SUBJECT.sources.annotations_for(("a", "b")) == {"demo/targets": "a,b"}
