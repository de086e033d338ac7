"""Images are built from what was put together, again only when that has changed, and hold all that runs in them."""

import json
import re
import subprocess
import sys
import sysconfig
from dataclasses import replace
from pathlib import Path

import pytest

from harness.core.contract.subject import ImageBuild
from harness.core.errors import MisuseError
from harness.core.marks import HARNESS_IMAGE
from harness.stacks.kind.docker import Docker
from harness.stacks.kind.images import (
    CONTENT_LABEL,
    ImageRecipe,
    assemble,
    content_hash,
    ensure_image,
    harness_recipe,
    local_images,
    subject_recipes,
)
from harness.stacks.options import BASE_IMAGE
from harness.subject_reader import read_subject
from harness.tests.stacks.kind.conftest import Machine
from harness.toolchain import Progress

_ROOT = Path(__file__).parents[4]
_SUBJECT, _ = read_subject(_ROOT / "monitoring" / "subject.yaml")

_IMPORTS = """
import sys
sys.path[:] = [sys.argv[1], *sys.path, sys.argv[2]]
import harness.agents.webhook.__main__, harness.agents.receiver.server
assert harness.__file__.startswith(sys.argv[1]), harness.__file__
files = {name: str(getattr(module, "__file__", "")) for name, module in sys.modules.items()}
tops = {name.partition(".")[0] for name, file in files.items() if "site-packages" in file}
print(*sorted(tops))
"""


@pytest.fixture
def recipe(tmp_path: Path) -> ImageRecipe:
    """An image of one package and one wheel."""
    source = tmp_path / "src" / "demo"
    (source / "__pycache__").mkdir(parents=True)
    (source / "__pycache__" / "demo.cpython-311.pyc").write_text("old")
    (source / "__init__.py").write_text("x = 1\n")
    (tmp_path / "src" / "go.mod").write_text("module demo\n")
    (tmp_path / "src" / "Demo.dockerfile").write_text("ARG BASE\nFROM $BASE\n")
    (tmp_path / "src" / "lock").write_text("a==1\n")
    return ImageRecipe(
        tag="demo:1",
        dockerfile=tmp_path / "src" / "Demo.dockerfile",
        context=(("demo", source), ("go.mod", tmp_path / "src" / "go.mod")),
        requirements=tmp_path / "src" / "lock",
        base="base:1",
    )


@pytest.fixture
def pip(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    """A Python whose pip brings one wheel."""
    body = "pathlib.Path(WORDS[WORDS.index('--dest') + 1], 'a-1-py3-none-any.whl').write_text('wheel')\n"
    monkeypatch.setattr(sys, "executable", str(machine.program("python", body)))


@pytest.mark.usefixtures("pip")
def test_an_image_is_built_once(machine: Machine, recipe: ImageRecipe) -> None:
    """Sources, wheels and Dockerfile go in, nothing that Python left; the second call finds it by its content."""
    settings, progress = machine.settings(), Progress()
    assert ensure_image(recipe, Docker(), settings, progress)
    assert json.loads((machine.root / "context.json").read_text()) == [
        "Dockerfile",
        "demo/__init__.py",
        "go.mod",
        "wheels/a-1-py3-none-any.whl",
    ]
    (build,) = machine.asked("docker", "build")
    assert build[4:8] == ["--network", "none", "--build-arg", "BASE=base:1"]
    assert machine.store["images"]["demo:1"] == {CONTENT_LABEL: content_hash(recipe)}
    assert not ensure_image(recipe, Docker(), settings, progress)
    assert len(machine.asked("docker", "build")) == 1


@pytest.mark.usefixtures("pip")
@pytest.mark.parametrize("changed", ["demo/__init__.py", "go.mod", "Demo.dockerfile", "lock", "base"])
def test_it_is_built_again_when_something_in_it_changes(machine: Machine, recipe: ImageRecipe, changed: str) -> None:
    """Whatever it is."""
    assert ensure_image(recipe, Docker(), machine.settings(), Progress())
    if changed == "base":
        recipe = replace(recipe, base="base:2")
    else:
        with (recipe.dockerfile.parent / changed).open("a") as file:
            file.write("# more\n")
    assert ensure_image(recipe, Docker(), machine.settings(), Progress())


@pytest.mark.usefixtures("pip")
def test_an_image_that_somebody_else_built_under_the_name_is_replaced(machine: Machine, recipe: ImageRecipe) -> None:
    """It says nothing about its content."""
    machine.set(images={"demo:1": {}})
    assert ensure_image(recipe, Docker(), machine.settings(), Progress())


def test_bytecode_is_no_content(recipe: ImageRecipe) -> None:
    """Running the package is no change of it."""
    before = content_hash(recipe)
    (recipe.context[0][1] / "__pycache__" / "demo.cpython-311.pyc").write_text("new")
    assert content_hash(recipe) == before


def test_without_requirements_the_build_may_use_the_network(machine: Machine, recipe: ImageRecipe) -> None:
    """A program of another language fetches its own modules; no Python is asked for."""
    assert ensure_image(replace(recipe, requirements=None), Docker(), machine.settings(), Progress())
    (build,) = machine.asked("docker", "build")
    assert "--network" not in build
    assert machine.asked("docker", "run") == []


def test_the_ignore_file_of_a_dockerfile_comes_along(recipe: ImageRecipe, tmp_path: Path) -> None:
    """Under both names that builders look for; and it is content."""
    before = content_hash(recipe)
    recipe.dockerfile.with_name("Demo.dockerfile.dockerignore").write_text("demo/tests\n")
    assert content_hash(recipe) != before
    (tmp_path / "context").mkdir()
    assemble(recipe, tmp_path / "context", wheels=None)
    for name in (".dockerignore", "Dockerfile.dockerignore"):
        assert (tmp_path / "context" / name).read_text() == "demo/tests\n"


def test_the_default_subject_says_how_its_image_is_built() -> None:
    """What its Dockerfile copies is what lies in the context."""
    (recipe,) = subject_recipes(_SUBJECT)
    assert (recipe.tag, recipe.base) == ("kubemirror-controller:dev", BASE_IMAGE)
    copied = re.findall(r"^COPY (\S+)", recipe.dockerfile.read_text(), re.MULTILINE)
    assert copied == ["wheels", *(name for name, _ in recipe.context)]


def test_an_image_that_is_not_built_has_no_recipe() -> None:
    """It is there, or it is pulled."""
    (image,) = _SUBJECT.images
    assert subject_recipes(replace(_SUBJECT, images=(replace(image, build=None),))) == ()


def test_files_that_are_not_there_are_named_before_anything_is_built() -> None:
    """All of them, with the file that names them."""
    (image,) = _SUBJECT.images
    build = ImageBuild(dockerfile=Path("/no/Dockerfile"), context=(Path("/no/src"),), requirements=Path("/no/lock"))
    with pytest.raises(MisuseError) as caught:
        subject_recipes(replace(_SUBJECT, images=(replace(image, build=build),)))
    assert caught.value.why == "/no/Dockerfile, /no/src, /no/lock: not there"
    assert _SUBJECT.source in caught.value.fix


def test_the_harness_image_holds_what_its_pods_import(tmp_path: Path) -> None:
    """Both programs start from the context and the locked packages alone."""
    recipe = harness_recipe()
    assert recipe.tag == HARNESS_IMAGE
    assemble(recipe, tmp_path, wheels=None)
    done = subprocess.run(
        # without `site`, which would find the rest of this package where it is installed from
        [sys.executable, "-I", "-S", "-c", _IMPORTS, str(tmp_path), sysconfig.get_path("purelib")],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert recipe.requirements is not None
    locked = set(re.findall(r"^([a-z-]+)==", recipe.requirements.read_text(), re.MULTILINE))
    packages = {"attr": "attrs", "typing_extensions": "typing-extensions"}
    imported = {packages.get(name, name) for name in done.stdout.split() if not name.startswith("_")}
    assert "aiohttp" in imported
    assert imported <= locked


def test_the_harness_image_is_built_from_the_locked_versions() -> None:
    """Its lock file is a part of the repository's, hashes included, and names no index."""
    text = (Path(str(harness_recipe().requirements))).read_text()
    whole = {line.removesuffix(" \\") for line in (_ROOT / "requirements.lock").read_text().splitlines()}
    part = {line.removesuffix(" \\") for line in text.splitlines() if not line.startswith("#")}
    assert part - whole == set()
    assert "index" not in text


def test_the_harness_image_runs_modules_as_nobody() -> None:
    """The manifests give it the module's name as its first argument."""
    text = harness_recipe().dockerfile.read_text()
    assert 'ENTRYPOINT ["python", "-m"]' in text
    assert "USER 65532:65532" in text


def test_only_what_is_in_the_store_can_be_loaded(machine: Machine) -> None:
    """Each once; the node pulls the others."""
    machine.set(images={"a:1": {}, "b:1": {}})
    assert local_images(["b:1", "gone:1", "a:1", "b:1"], Docker()) == ("b:1", "a:1")
