"""Where in the subject's routing a thing is written, an AlertmanagerConfig or a plain configuration."""

from pathlib import Path

from harness.core.check import CheckFinding
from harness.core.files.mistakes import Path as Keys
from harness.core.operator.manifest import ObjectFile, path_of
from harness.core.operator.reading import Custom, Field
from harness.core.verdict import Verdict
from harness.offline.check.bundle import Bundle, lines_of, shown

#: a key of a route in Alertmanager's spelling -> in an AlertmanagerConfig's
SPELLED = {"group_by": "groupBy", "repeat_interval": "repeatInterval"}


def top(bundle: Bundle) -> Field:
    """What has `route` and `receivers`."""
    if isinstance(bundle.routing, ObjectFile):
        return Custom.read(bundle.routing.manifest).spec
    return bundle.routing.config


def routing_finding(
    bundle: Bundle,
    check: str,
    about: str,
    *,
    verdict: Verdict,
    expected: str,
    actual: str,
    cause: str = "",
    keys: Keys = (),
    command: str = "",
) -> CheckFinding:
    """A finding about the routing; `keys` lead from where `route` and `receivers` are."""
    document = bundle.routing.document
    above: Keys = ("spec",) if isinstance(bundle.routing, ObjectFile) else ()
    file, line = shown(Path(document.source)), document.place((*above, *keys)).line
    return CheckFinding(
        check=check,
        about=about,
        verdict=verdict,
        expected=expected,
        actual=actual,
        cause=cause,
        file=file,
        line=line,
        command=command or lines_of(file, line),
    )


def keys_of(bundle: Bundle, path: str) -> Keys:
    """A path of messages as keys below `spec`, or of a plain configuration below nothing."""
    found = path_of(path, bundle.routing.document.data)
    return found[1:] if isinstance(bundle.routing, ObjectFile) and found[:1] == ("spec",) else found


def route_keys(bundle: Bundle, key: str) -> Keys:
    """Where a key of the route to the documented receiver is, or would be."""
    spelled = SPELLED.get(key, key) if isinstance(bundle.routing, ObjectFile) else key
    return _way(top(bundle).at("route"), ("route",), bundle.contract.route.receiver, spelled) or ("route",)


def _way(route: Field, above: Keys, receiver: str, key: str) -> Keys:
    """Of the first route to a receiver; of `match` where a plain route has no `matchers`."""
    if route.at("receiver").text() == receiver:
        for name in (key, *(("match", "match_re") if key == "matchers" else ())):
            if route.at(name).present:
                return (*above, name)
        return (*above, "receiver")
    for number, child in enumerate(route.at("routes").items()):
        if found := _way(child, (*above, "routes", number), receiver, key):
            return found
    return ()
