"""Images that are built here: the subject's, by its own Dockerfile, and the one of the harness's own pods.

What goes into an image is put together in a directory of its own: sources, wheels, Dockerfile. Its hash is a label of
the image, so that an image is built again when something in it has changed, and then only.
"""

import hashlib
import platform
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import harness
from harness.core.contract.subject import Subject
from harness.core.errors import MisuseError
from harness.core.marks import HARNESS_IMAGE
from harness.stacks.kind.docker import Docker
from harness.stacks.kind.wheels import ImagePython, wheels_for
from harness.stacks.options import BASE_IMAGE
from harness.stacks.run import Run
from harness.toolchain import Progress, Settings
from harness.toolchain.lock import exclusive

#: of an image built here: the hash of what it was built from
CONTENT_LABEL = "kubemirror-harness.content"

_PACKAGE = Path(harness.__file__).parent
#: what `harness.agents.webhook` and `harness.agents.receiver.server` are made of
_PARTS = ("__init__.py", "agents", "core")
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc")


@dataclass(frozen=True, slots=True, kw_only=True)
class ImageRecipe:
    """What one image is built from."""

    #: its name
    tag: str
    dockerfile: Path
    #: place in the build context -> file or directory that comes there
    context: tuple[tuple[str, Path], ...]
    #: lock file whose wheels come as `wheels/`; without one the build may use the network
    requirements: Path | None
    #: value of the Dockerfile's ARG BASE
    base: str


def harness_recipe(*, base: str = BASE_IMAGE) -> ImageRecipe:
    """The image of the webhook and the receiver."""
    here = Path(__file__).parent
    return ImageRecipe(
        tag=HARNESS_IMAGE,
        dockerfile=here / "Dockerfile",
        context=tuple((f"harness/{part}", _PACKAGE / part) for part in _PARTS),
        requirements=here / "requirements.lock",
        base=base,
    )


def subject_recipes(subject: Subject, *, base: str = BASE_IMAGE) -> tuple[ImageRecipe, ...]:
    """The images that the subject file says how to build; others have to be there, or to be pulled.

    Raises:
        MisuseError: a file that it names is not there.
    """
    recipes = tuple(
        ImageRecipe(
            tag=image.image,
            dockerfile=Path(image.build.dockerfile),
            # `..` has no name of its own
            context=tuple((path.resolve().name, path.resolve()) for path in map(Path, image.build.context)),
            requirements=None if image.build.requirements is None else Path(image.build.requirements),
            base=base,
        )
        for image in subject.images
        if image.build is not None
    )
    for recipe in recipes:
        files = (recipe.dockerfile, *(path for _, path in recipe.context), recipe.requirements)
        missing = [str(path) for path in files if path is not None and not path.exists()]
        if missing:
            raise MisuseError(
                f"image {recipe.tag} cannot be built",
                why=f"{', '.join(missing)}: not there",
                fix=f"correct `build` of the image in {subject.source}; paths are relative to it",
            )
    return recipes


def content_hash(recipe: ImageRecipe) -> str:
    """The hash (SHA-256, hexadecimal) of everything that decides what is in the image, but for the base's content."""
    parts = hashlib.sha256()
    for name, content in sorted(_contents(recipe)):
        parts.update(f"{len(name)}:{name}:{len(content)}:".encode())
        parts.update(content)
    return parts.hexdigest()


def ensure_image(
    recipe: ImageRecipe, docker: Docker, settings: Settings, progress: Progress, *, run: Run | None = None
) -> bool:
    """Builds the image unless Docker's store has the one that would be built; whether it was built.

    Two processes that want the same image at once share one build.

    Raises:
        NoDockerError: no engine answers.
        CommandFailedError: a wheel cannot be had, or a step fails, with the last words of whoever failed.
    """
    wanted = content_hash(recipe)
    with exclusive(_lock(recipe, settings), doing=f"builds the image {recipe.tag}", progress=progress):
        stored = docker.image(recipe.tag)
        if stored is not None and stored.labels.get(CONTENT_LABEL) == wanted:
            return False
        wheels = None
        if recipe.requirements is not None:
            python = ImagePython.of(recipe.base, docker)
            wheels = wheels_for(recipe.requirements, python, settings, progress, run_id=run.id if run else None)
        place = run.temporary if run else None
        with (
            tempfile.TemporaryDirectory(prefix="kubemirror-harness-image-", dir=place) as directory,
            progress.step(f"building the image {recipe.tag}"),
        ):
            assemble(recipe, Path(directory), wheels=wheels)
            docker.build(
                Path(directory),
                tag=recipe.tag,
                arguments={"BASE": recipe.base},
                labels={CONTENT_LABEL: wanted},
                offline=wheels is not None,
            )
        return True


def fetch_wheels(recipe: ImageRecipe, settings: Settings, progress: Progress) -> None:
    """Downloads the wheels of an image, where its base's name says for which Python, so that Docker need not be asked.

    Raises:
        CommandFailedError: one cannot be had, with pip's last words.
    """
    python = ImagePython.named(recipe.base, platform.machine())
    if recipe.requirements is None or python is None:
        return
    with exclusive(_lock(recipe, settings), doing=f"builds the image {recipe.tag}", progress=progress):
        wheels_for(recipe.requirements, python, settings, progress, run_id=None)


def _lock(recipe: ImageRecipe, settings: Settings) -> Path:
    return settings.cache / "locks" / f"image-{hashlib.sha256(recipe.tag.encode()).hexdigest()[:16]}.lock"


def assemble(recipe: ImageRecipe, directory: Path, *, wheels: Path | None) -> None:
    """Fills an empty directory with the build context; the Dockerfile and its `.dockerignore` come to its top."""
    for name, source in recipe.context:
        target = directory / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=_LEFT_OUT)
        else:
            shutil.copyfile(source, target)
    if wheels is not None:
        shutil.copytree(wheels, directory / "wheels")
    shutil.copyfile(recipe.dockerfile, directory / "Dockerfile")
    ignored = _ignore_file(recipe)
    if ignored.exists():
        # BuildKit looks for the first, an engine without it for the second
        for name in ("Dockerfile.dockerignore", ".dockerignore"):
            shutil.copyfile(ignored, directory / name)


def local_images(names: Iterable[str], docker: Docker) -> tuple[str, ...]:
    """Those of the images that Docker's store has, each once, in their order.

    They can be loaded into a cluster whose node reaches no registry; the others the node pulls.

    Raises:
        NoDockerError: no engine answers.
    """
    return tuple(name for name in dict.fromkeys(names) if docker.image(name) is not None)


def _ignore_file(recipe: ImageRecipe) -> Path:
    """https://docs.docker.com/build/concepts/context/#filename-and-location."""
    return recipe.dockerfile.with_name(f"{recipe.dockerfile.name}.dockerignore")


def _contents(recipe: ImageRecipe) -> Iterator[tuple[str, bytes]]:
    yield "base", recipe.base.encode()
    yield "dockerfile", recipe.dockerfile.read_bytes()
    if _ignore_file(recipe).exists():
        yield "dockerignore", _ignore_file(recipe).read_bytes()
    if recipe.requirements is not None:
        yield "requirements", recipe.requirements.read_bytes()
    for name, source in recipe.context:
        files = sorted(path for path in source.rglob("*") if path.is_file()) if source.is_dir() else [source]
        for file in files:
            if "__pycache__" not in file.parts and file.suffix != ".pyc":
                yield f"context/{name}/{file.relative_to(source).as_posix()}", file.read_bytes()
