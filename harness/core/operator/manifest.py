"""Objects as they are applied: one read from text, plain and whole, so that it can be changed here and there."""

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from harness.core.errors import MisuseError
from harness.core.operator.reading import Custom, Field, ShapeError, Yaml

#: an object of the Kubernetes API, ready to be applied
Manifest = dict[str, Yaml]


def one_object(text: str, kind: str) -> Manifest:
    """The one object of a text.

    Raises:
        MisuseError: the text is no YAML, or has another number of objects.
        ShapeError: the object is of another kind, has no identity, or holds what JSON cannot.
    """
    try:
        documents = [one for one in YAML(typ="safe", pure=True).load_all(text) if one is not None]
    except YAMLError as error:
        raise MisuseError(
            f"the {kind} is no YAML", why=str(error), fix="correct the file; quote special text"
        ) from error
    if len(documents) != 1:
        raise MisuseError(
            f"the text is not one {kind}",
            why=f"it holds {len(documents)} objects",
            fix=f"give a file with one {kind} and nothing else",
        )
    found = Custom.read(documents[0])
    if found.kind != kind:
        raise ShapeError("kind", f"must be {kind}, but is {found.kind}")
    return fields(Field("", documents[0]))


def fields(source: Field) -> Manifest:
    """A mapping of which single keys can be replaced.

    Raises:
        ShapeError: it is no mapping, or holds what JSON cannot.
    """
    return {key: source.at(key).yaml() for key in source.names()}
