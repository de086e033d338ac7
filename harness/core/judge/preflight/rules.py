"""The third link: the documented rules are selected, taken, loaded and evaluated without an error."""

from collections.abc import Iterable, Iterator

from harness.core.judge.finding import Clause
from harness.core.judge.preflight.facts import Installed, RuleHealth
from harness.core.judge.preflight.link import Link, LinkState, Part, breaks, holds, judged, open_yet
from harness.core.judge.preflight.taken_up import passed_over, selected, taken
from harness.core.nearest import shown
from harness.core.operator.translation import RULE


def judge_rules(documented: Iterable[str], installed: Installed) -> LinkState:
    """Whether every documented rule works. Where only some do not, the others can be tested all the same.

    Args:
        documented: names of alerts and recording rules.
        installed: the facts.
    """
    wanted = tuple(documented)
    health: dict[str, RuleHealth] = {}
    for rule in installed.rules or ():
        before = health.get(rule.name)
        if before is None or before.health != "err":  # of several with one name, the worst
            health[rule.name] = rule
    not_so = frozenset(name for name in wanted if name not in health or health[name].health == "err")
    whole = (selected(installed, RULE), taken(installed, RULE))
    some = installed.rules is not None and 0 < len(not_so) < len(wanted) and not passed_over(installed, RULE)
    return judged(Link.RULES, (*whole, *_parts(wanted, installed, health)), rules=not_so if some else None)


def _parts(wanted: tuple[str, ...], installed: Installed, health: dict[str, RuleHealth]) -> Iterator[Part | None]:
    if installed.rules is None:
        return
    expected = f"{len(wanted)} documented rules loaded"
    missing = [name for name in wanted if name not in health]
    if not wanted:
        yield open_yet(Clause.LOADED, expected, "no rule is documented")
    elif missing:
        there = {name for name in health if name not in wanted}
        yield breaks(Clause.LOADED, expected, f"not loaded: {', '.join(missing)}", _missing(missing, there))
    else:
        yield holds(Clause.LOADED, expected, "all of them")
    ill = [health[name] for name in wanted if name in health and health[name].health == "err"]
    waiting = [name for name in wanted if name in health and health[name].health not in ("ok", "err")]
    expected = "each is evaluated without an error"
    if ill:
        told = [f"{one.name}: {one.last_error or 'in state err'}" for one in ill]
        yield breaks(Clause.HEALTHY, expected, "; ".join(told), f"Prometheus cannot evaluate {told[0]}")
    elif waiting:
        yield open_yet(Clause.HEALTHY, expected, f"not evaluated yet: {', '.join(waiting)}")
    else:
        yield holds(Clause.HEALTHY, expected, "all of them")


def _missing(missing: list[str], there: set[str]) -> str:
    undocumented = f"; rules that nothing documents: {shown(missing[0], there)}" if there else ""
    which = missing[0] if len(missing) == 1 else f"{len(missing)} documented rules, {missing[0]} among them"
    return f"Prometheus has not loaded {which}{undocumented}"
