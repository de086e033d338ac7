"""Image names are read as container runtimes read them."""

import pytest

from harness.core.image_name import normalised, other_name

DIGEST = "sha256:" + "a" * 64


@pytest.mark.parametrize(
    ("image", "same"),
    [
        ("a", "docker.io/library/a:latest"),
        ("a:dev", "docker.io/library/a:dev"),
        ("docker.io/a:dev", "docker.io/library/a:dev"),
        ("docker.io/library/a:dev", "docker.io/library/a:dev"),
        ("index.docker.io/library/a:dev", "docker.io/library/a:dev"),
        ("team/a:dev", "docker.io/team/a:dev"),
        ("ghcr.io/team/a", "ghcr.io/team/a:latest"),
        ("localhost/a:1", "localhost/a:1"),
        ("box:5000/a", "box:5000/a:latest"),
        ("Box/a:1", "Box/a:1"),
        (f"a:dev@{DIGEST}", f"docker.io/library/a@{DIGEST}"),
        (f"ghcr.io/team/a@{DIGEST}", f"ghcr.io/team/a@{DIGEST}"),
    ],
)
def test_one_image_has_one_normalised_name(image: str, same: str) -> None:
    """Default registry, official repositories, default tag, and the digest that beats a tag."""
    assert normalised(image) == same


@pytest.mark.parametrize(
    ("image", "other"),
    [("a:dev", "a:rc"), ("team/a:dev", "a:dev"), ("ghcr.io/library/a:dev", "a:dev"), ("box/a:1", "box:5000/a:1")],
)
def test_different_images_stay_different(image: str, other: str) -> None:
    """Another tag, path or registry is another image."""
    assert normalised(image) != normalised(other)


@pytest.mark.parametrize(
    ("image", "other"),
    [
        ("a:dev", "docker.io/library/a:dev"),
        ("team/a", "docker.io/team/a"),
        (f"a@{DIGEST}", f"docker.io/library/a@{DIGEST}"),
        ("ghcr.io/team/a:latest", "ghcr.io/team/a"),
        ("ghcr.io/team/a:v1", f"ghcr.io/team/a:v1@{DIGEST}"),
    ],
)
def test_the_other_name_is_another_text_and_leads_back(image: str, other: str) -> None:
    """A spec that is given the other name twice is as it was."""
    assert other_name(image, image_id=f"ghcr.io/team/a@{DIGEST}") == other
    assert other_name(other, image_id=f"ghcr.io/team/a@{DIGEST}") == image
    if "@" not in other:
        assert normalised(other) == normalised(image)


def test_a_short_path_below_an_official_repository_is_no_familiar_name() -> None:
    """Only one element after `library/` may be left out."""
    assert other_name("docker.io/library/a/b:1", image_id="") == "library/a/b:1"
    assert normalised("library/a/b:1") == "docker.io/library/a/b:1"


@pytest.mark.parametrize(
    ("image", "image_id"),
    [
        ("ghcr.io/team/a:v1", ""),
        ("ghcr.io/team/a:v1", f"ghcr.io/team/other@{DIGEST}"),
        ("ghcr.io/team/a:v1", DIGEST),
        (f"ghcr.io/team/a@{DIGEST}", f"ghcr.io/team/a@{DIGEST}"),
    ],
)
def test_there_may_be_no_other_name(image: str, image_id: str) -> None:
    """What the runtime runs must be known to be this image before its digest is put beside the tag."""
    assert other_name(image, image_id=image_id) is None
