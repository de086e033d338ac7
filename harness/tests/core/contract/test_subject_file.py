"""The subject file is read exactly, and mistakes in it are refused with their line."""

from pathlib import Path, PurePosixPath

import pytest

from harness.core.contract.subject import ImageBuild, ObjectName, Places, Subject
from harness.core.contract.subject_file import load_subject
from harness.core.files.mistakes import FileMistakesError

TEXT = """\
name: demo
namespace: demo-system
release: prometheus
contract: contract.yaml
manifests: ../deploy
rules: rules.yaml
service_monitor: monitor.yaml
alertmanager: route.yaml
dashboard: dashboard.json
chart_values: values.yaml
controller:
  deployment: demo-controller
  container: manager
  service: demo-metrics
  metrics_port: 9090
  metrics_path: /m
  lease: {namespace: demo-system, name: demo.example.com}
sources:
  labels: {demo/enabled: "true"}
  annotations: {demo/targets: "{targets}"}
  queues: {Secret: secret}
images:
  demo:dev:
    command: ["{python}", "-m", "demo"]
    append_args: ["--bind=$(POD_IP)"]
"""

#: the same with an image that is built here
BUILT = f"""\
{TEXT}\
    build:
      dockerfile: ../demo/Dockerfile
      context: [../demo, ../go.mod]
      requirements: ../demo/requirements.lock
"""
_REQUIREMENTS = "      requirements: ../demo/requirements.lock\n"


def places(subject: str) -> Places:
    """A subject file in this directory, and a harness in /src."""
    return Places(subject=PurePosixPath(subject), checkout=PurePosixPath("/src"))


def test_a_subject_is_read_exactly() -> None:
    """Every field arrives, and paths stay as written."""
    subject = load_subject(TEXT, "s.yaml")
    assert (subject.source, subject.name, subject.namespace, subject.release) == (
        "s.yaml",
        "demo",
        "demo-system",
        "prometheus",
    )
    assert subject.files.manifests == (PurePosixPath("../deploy"),)
    assert subject.workload.metrics_port == 9090
    assert subject.workload.metrics_path == "/m"
    assert subject.workload.lease == ObjectName(namespace="demo-system", name="demo.example.com")
    assert subject.sources.queues == {"Secret": "secret"}
    (image,) = subject.images
    assert (image.command, image.append_args) == (("{python}", "-m", "demo"), ("--bind=$(POD_IP)",))
    assert image.build is None


def test_what_may_be_left_out_has_its_usual_value() -> None:
    """No lease means no election, no images means none runs as a process, and /metrics is the path."""
    text = TEXT.partition("images:")[0].replace("  metrics_path: /m\n", "")
    text = text.replace("  lease: {namespace: demo-system, name: demo.example.com}\n", "")
    subject = load_subject(text, "s.yaml")
    assert (subject.workload.lease, subject.workload.metrics_path, subject.images) == (None, "/metrics", ())


def test_what_an_image_is_built_from_is_read_exactly() -> None:
    """Paths stay as written, and one that is built need not be made of wheels."""
    (image,) = load_subject(BUILT, "s.yaml").images
    assert image.build == ImageBuild(
        dockerfile=PurePosixPath("../demo/Dockerfile"),
        context=(PurePosixPath("../demo"), PurePosixPath("../go.mod")),
        requirements=PurePosixPath("../demo/requirements.lock"),
    )
    (image,) = load_subject(BUILT.replace(_REQUIREMENTS, ""), "s.yaml").images
    assert image.build is not None
    assert image.build.requirements is None


def test_what_an_image_is_built_from_lies_beside_the_subject_file() -> None:
    """All of its paths are followed from there; without requirements there is nothing to follow."""
    (image,) = load_subject(BUILT, "s.yaml").resolve(places("/a/monitoring")).images
    assert image.build == ImageBuild(
        dockerfile=PurePosixPath("/a/monitoring/../demo/Dockerfile"),
        context=(PurePosixPath("/a/monitoring/../demo"), PurePosixPath("/a/monitoring/../go.mod")),
        requirements=PurePosixPath("/a/monitoring/../demo/requirements.lock"),
    )
    (image,) = load_subject(BUILT.replace(_REQUIREMENTS, ""), "s.yaml").resolve(places("/a")).images
    assert image.build is not None
    assert image.build.requirements is None


def test_the_default_subject_is_read() -> None:
    """The subject that this project ships is one that it accepts."""
    path = Path(__file__).parents[4] / "monitoring" / "subject.yaml"
    assert isinstance(load_subject(path.read_text(encoding="utf-8"), str(path)), Subject)


@pytest.mark.parametrize(
    ("old", "new", "line", "why", "fix"),
    [
        ("rules: rules.yaml\n", "", 1, "rules is missing", "add it: `rules:` with the path of a PrometheusRule"),
        ("release:", "relase:", 3, "relase is not a known key", "did you mean release?"),
        ("namespace: demo-system\n", "namespace: Demo\n", 2, "namespace is 'Demo'", "namespace that the controller"),
        ("metrics_port: 9090", "metrics_port: 99999", 15, "metrics_port is 99999: input should be less", "1 to 65535"),
        (
            "metrics_port: 9090",
            'metrics_port: "9090"',
            15,
            "must be a whole number, not '9090'",
            "`metrics_port: 8080`",
        ),
        ("metrics_path: /m", "metrics_path: m", 16, "metrics_path is 'm'", "with the slash"),
        ("metrics_path: /m", 'metrics_path: "/m\\r\\nX: y"', 16, "metrics_path is '/m", "without spaces"),
        ("demo-system, name: demo.example.com", 'demo-system, name: "a/../b"', 17, "name is 'a/../b'", "lower-case"),
        ("demo-system, name: demo.example.com", 'demo-system, name: "a..b"', 17, "name is 'a..b'", "lower-case"),
        (
            "namespace: demo-system\n",
            'namespace: "demo\\n"\n',
            2,
            r"namespace is 'demo\n'",
            "namespace that the controller",
        ),
        ("namespace: demo-system\n", "namespace: 'a\"b'\n", 2, "namespace is 'a\"b'", "namespace that the controller"),
        ('demo/enabled: "true"', "demo/enabled: true", 19, "must be text, not the boolean true", 'quote "true"'),
        (
            "queues: {Secret: secret}",
            "queues: {}",
            21,
            "queues is {}: dictionary should have at least 1",
            "like `Secret",
        ),
        (
            "demo-system, name: demo.example.com",
            "demo-system",
            17,
            "controller.lease.name is missing",
            "add it: `name:`",
        ),
        ('command: ["{python}", "-m", "demo"]', "command: demo", 24, "images.demo:dev.command must be a list", "words"),
    ],
)
def test_each_mistake_names_line_key_and_fix(old: str, new: str, line: int, why: str, fix: str) -> None:
    """One planted mistake is found where it stands, said in its own words, with what to write instead."""
    assert old in TEXT
    with pytest.raises(FileMistakesError) as caught:
        load_subject(TEXT.replace(old, new, 1), "s.yaml")
    assert line in {mistake.line for mistake in caught.value.mistakes}
    assert why in caught.value.why
    assert fix in caught.value.fix


@pytest.mark.parametrize(
    ("old", "new", "line", "why", "fix"),
    [
        (
            "      dockerfile: ../demo/Dockerfile\n",
            "",
            26,
            "dockerfile is missing",
            "add it: `dockerfile:` with the path",
        ),
        ("context: [../demo, ../go.mod]", "context: ..", 28, "context must be a list", "that the Dockerfile copies"),
        ("context: [../demo, ../go.mod]", "context: []", 28, "context is ()", "that the Dockerfile copies"),
        ("requirements:", "requirement:", 29, "requirement is not a known key", "did you mean requirements?"),
    ],
)
def test_each_mistake_in_a_build_names_line_key_and_fix(old: str, new: str, line: int, why: str, fix: str) -> None:
    """As everywhere else in the file."""
    with pytest.raises(FileMistakesError) as caught:
        load_subject(BUILT.replace(old, new, 1), "s.yaml")
    assert [mistake.line for mistake in caught.value.mistakes] == [line]
    assert f"images.demo:dev.build.{why}" in caught.value.why
    assert fix in caught.value.fix
