"""Names of container images: different texts for one image, told apart from different images.

The rules are those of https://github.com/distribution/reference (`ParseDockerRef`, `splitDockerDomain`,
`familiarizeName`), by which container runtimes read the `image` of a container.
"""

_HUB = "docker.io"
_LEGACY_HUB = "index.docker.io"
_OFFICIAL = "library/"
_LATEST = "latest"


def normalised(image: str) -> str:
    """The one text that stands for all names of the same image: `a:dev` and `docker.io/library/a:dev` give the latter.

    Without a tag `latest` is meant; a digest makes the tag meaningless. What is no image name gives a text of its own.
    """
    repository, tag, digest = _split(image)
    if digest:
        return f"{_qualified(repository)}@{digest}"
    return f"{_qualified(repository)}:{tag or _LATEST}"


def other_name(image: str, *, image_id: str) -> str | None:
    """Another text for the same image, always the same one: back again when asked of the result.

    Args:
        image: as the container's spec has it.
        image_id: what runs, as the container's status has it (`imageID`): `REPOSITORY@DIGEST`, or whatever.

    Returns:
        The qualified name for a familiar one of the default registry, and the familiar one for a qualified one.
        Elsewhere the name with or without `:latest`, or with the digest in use beside the tag. None if there is no
        other text.
    """
    repository, tag, digest = _split(image)
    rest = (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    qualified = _qualified(repository)
    if repository != qualified:
        return qualified + rest
    if repository.startswith(f"{_HUB}/"):
        return _familiar(repository) + rest
    if digest:
        return f"{repository}:{tag}" if tag else None
    if tag in {"", _LATEST}:
        return repository if tag else f"{repository}:{_LATEST}"
    used, _, content = image_id.removeprefix("docker-pullable://").partition("@")
    return f"{repository}:{tag}@{content}" if content and used == repository else None


def _split(image: str) -> tuple[str, str, str]:
    """Repository, tag and digest; the last two may be empty."""
    name, _, digest = image.partition("@")
    # a colon before the last slash is that of the registry's port
    path, slash, last = name.rpartition("/")
    base, _, tag = last.partition(":")
    return f"{path}{slash}{base}", tag, digest


def _qualified(repository: str) -> str:
    first, slash, rest = repository.partition("/")
    names_registry = first == "localhost" or "." in first or ":" in first or first != first.lower()
    if not slash or not names_registry:
        registry, path = _HUB, repository
    else:
        registry, path = (_HUB if first == _LEGACY_HUB else first), rest
    if registry == _HUB and "/" not in path:
        path = _OFFICIAL + path
    return f"{registry}/{path}"


def _familiar(repository: str) -> str:
    path = repository.removeprefix(f"{_HUB}/")
    rest = path.removeprefix(_OFFICIAL)
    return rest if "/" not in rest else path
