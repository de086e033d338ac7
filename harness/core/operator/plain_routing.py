"""Routing as a plain configuration of Alertmanager: the file itself, or the ConfigMap or Secret that it is kept in.

It is no object that an operator works into a larger configuration: it is what Alertmanager loads. Where its root route
names a receiver it is all of that. Where it names none Alertmanager would refuse it alone ("root route must specify a
default receiver", https://github.com/prometheus/alertmanager/blob/v0.31.1/config/config.go): documentation shows such
an excerpt, and whoever follows it works it into the configuration that is there. Here that is the chart's own, in front
of which its routes are put.
"""

import base64
import binascii
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from harness.core.files.located import Document, LocatedYaml, read_documents
from harness.core.files.mistakes import FileMistakesError, Path
from harness.core.operator.alertmanager_config import BASE_KEYS
from harness.core.operator.manifest import Manifest, fields, path_of
from harness.core.operator.reading import Field, ShapeError, Yaml
from harness.core.operator.route import root_route

#: names under which Alertmanager's configuration is kept, the documentation's and the operator's
_KEYS = ("alertmanager.yml", "alertmanager.yaml")
_HOLDERS = ("ConfigMap", "Secret")
#: lists of a configuration: of an excerpt they come before those that are there
_LISTS = ("inhibit_rules", "time_intervals", "mute_time_intervals", "templates")


@dataclass(frozen=True, slots=True, kw_only=True)
class PlainRouting:
    """One plain configuration, and where everything of it is written."""

    #: of the configuration; where it is kept in another object the lines are still those of the file
    document: Document
    #: whether it is kept in another object, so that the file is none that Alertmanager or amtool can read
    kept: bool = False

    @property
    def config(self) -> Field:
        """The configuration as it is written."""
        return Field("", self.document.data)

    @property
    def whole(self) -> bool:
        """Whether it is all that Alertmanager needs; else it is an excerpt."""
        return bool(self.config.at("route", "receiver").text())

    @contextmanager
    def blamed(self) -> Iterator[None]:
        """What is found wrong with a field is told with its line.

        Raises:
            FileMistakesError: instead of a ShapeError.
        """
        try:
            yield
        except ShapeError as error:
            found = self.document.mistake(path_of(error.path, self.document.data), error.problem, error.fix)
            raise FileMistakesError(self.document.source, [found]) from error

    def worked_in(self, base: Field) -> Manifest:
        """The configuration that Alertmanager loads: this one alone, or in front of what is there if it is an excerpt.

        Args:
            base: what is there, Alertmanager's configuration of the chart.

        Raises:
            FileMistakesError: one that Alertmanager would refuse.
        """
        with self.blamed():
            own = self.config
            if not own.at("route").present:
                raise ShapeError("route", "is missing: there is nothing that leads an alert to a receiver")
            made = fields(own) if self.whole else _joined(own, base)
            _check(Field("", made))
            return made


def plain_routing(text: str, source: str) -> PlainRouting | None:
    """The plain configuration in a file; None for a file that holds none, such as one AlertmanagerConfig.

    Args:
        text: YAML.
        source: what to call it in messages, usually the file's name.

    Raises:
        FileMistakesError: no YAML; a ConfigMap or Secret without a configuration, or with one that is no YAML.
    """
    documents = read_documents(text, source)
    data = documents[0].data if len(documents) == 1 else None
    if not isinstance(data, dict):
        return None
    if data.get("kind") in _HOLDERS:
        return _kept(documents[0], text)
    if "apiVersion" in data or "kind" in data or "route" not in data:
        return None
    return PlainRouting(document=documents[0])


def _kept(document: Document, text: str) -> PlainRouting:
    """The configuration inside a ConfigMap or a Secret."""
    root = Field("", document.data)
    kind = root.at("kind").text()
    parts = ("data",) if kind == "ConfigMap" else ("stringData", "data")
    found: list[Path] = [
        (part, key) for part in parts for key in _KEYS if root.at(part).present and root.at(part, key).present
    ]
    if len(found) != 1:
        problem = f"holds {len(found)} configurations" if found else f"has no {' or '.join(_KEYS)}"
        fix = f"keep one configuration of Alertmanager in this {kind}, under {_KEYS[0]}"
        raise FileMistakesError(document.source, [document.mistake((parts[0],), problem, fix)])
    part, key = map(str, found[0])
    content = root.at(part, key).text()
    if (part, kind) == ("data", "Secret"):
        try:
            content = base64.b64decode(content, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            wrong = document.mistake(found[0], "is no text in base64", "use stringData for plain text")
            raise FileMistakesError(document.source, [wrong]) from error
    inner = LocatedYaml(_in_place(text, document.place(found[0]).line, content), document.source)
    if not isinstance(inner.data, dict):
        wrong = document.mistake(found[0], "is no configuration of Alertmanager", "give `route:` and `receivers:`")
        raise FileMistakesError(document.source, [wrong])
    return PlainRouting(document=inner, kept=True)


def _in_place(text: str, line: int, content: str) -> str:
    """The content with the lines of the file that it stands in, where it stands there line by line; else as it is.

    A block of text (`|`) has its lines where it is written, only further in: what is indented alike is the same YAML.
    """
    lines, wanted = text.splitlines()[line:], content.splitlines()
    own = lines[: len(wanted)]
    alike = len(own) == len(wanted) and all(
        one.strip() == other.strip() for one, other in zip(own, wanted, strict=True)
    )
    return "\n" * line + "\n".join(own) + "\n" if alike else content


def _joined(own: Field, base: Field) -> Manifest:
    """An excerpt in front of a configuration: what it says of one key wins, its lists come first."""
    route, there = own.at("route"), base.at("route")
    routes = [*(one.yaml() for one in route.at("routes").items()), *(one.yaml() for one in there.at("routes").items())]
    names = {one.at("name").text() for one in own.at("receivers").items()}
    receivers: list[Yaml] = [one.yaml() for one in own.at("receivers").items()]
    receivers += [one.yaml() for one in base.at("receivers").items() if one.at("name").text() not in names]
    made = {**fields(base), **fields(own)}
    for key in _LISTS:
        listed = [one.yaml() for side in (own, base) for one in side.at(key).items()]
        if listed:
            made[key] = listed
    return {
        **made,
        "global": {**fields(base.at("global")), **fields(own.at("global"))},
        "route": {**fields(there), **fields(route), "routes": routes},
        "receivers": receivers,
    }


def _check(config: Field) -> None:
    """What Alertmanager asks of keys and names: each receiver once, and each route's receiver among them.

    Raises:
        ShapeError: it would refuse it.
    """
    config.only(BASE_KEYS)
    names = [one.at("name").text() for one in config.at("receivers").items()]
    for index, name in enumerate(names):
        if not name or name in names[:index]:
            raise ShapeError(f"receivers[{index}].name", "is missing" if not name else f"is {name!r}, as another one's")
    root_route(config.at("route"), names)
