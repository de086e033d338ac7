"""Templates of rules, rendered: labels before an alert's state can follow, annotations when somebody asks for them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from harness.core.replay.labels import Element, merged
from harness.core.replay.order import PlacedRule, RuleKey
from harness.core.replay.templates import beyond_reach, is_template, reads_clock, reads_value
from harness.core.rules.model import AlertingRule
from harness.toolchain.promtool_alerts import Templates, TemplateSetting, render_alerts


@dataclass(frozen=True, slots=True)
class _Asked:
    """One series and value at one instant, as far as they matter to the templates."""

    element: Element
    at_ms: int


class Labels:
    """The labels of alerting rules, rendered once for each series (and value, and instant, where they are read)."""

    def __init__(self, promtool: Path, setting: TemplateSetting) -> None:
        self._promtool = promtool
        self._setting = setting
        self._known: dict[tuple[RuleKey, str], Mapping[str, str]] = {}

    def prepare(self, found: Iterable[tuple[PlacedRule, int, Element]]) -> None:
        """Renders what is not known yet, all in one go.

        Args:
            found: of rules whose templates can be rendered here: when they were evaluated (ms), and what that gave.
        """
        new: dict[tuple[RuleKey, str], Templates] = {}
        for placed, at_ms, element in found:
            templates = _templates(placed)
            if templates and (key := self._key(placed, element, at_ms)) not in self._known:
                asked = _plain(templates, element, at_ms)
                new[key] = Templates(
                    alertname=placed.rule.name,
                    labels=templates,
                    annotations={},
                    element=asked.element,
                    at_ms=asked.at_ms,
                )
        rendered = render_alerts(tuple(new.values()), self._promtool, self._setting)
        self._known |= {key: one.labels for key, one in zip(new, rendered, strict=True)}

    def of(self, placed: PlacedRule, element: Element, at_ms: int) -> Mapping[str, str]:
        """All labels of the rule on the alert of a series, after `prepare`."""
        labels = merged(placed.group, placed.rule)
        return {**labels, **self._known[self._key(placed, element, at_ms)]} if _templates(placed) else labels

    def _key(self, placed: PlacedRule, element: Element, at_ms: int) -> tuple[RuleKey, str]:
        plain = _plain(_templates(placed), element, at_ms)
        # by its text, in which no value is unequal to itself
        return placed.key, repr((plain.element.labels, plain.element.value, plain.at_ms))


@dataclass(frozen=True, slots=True, kw_only=True)
class AnnotationsOf:
    """Of one alert of one rule at one evaluation."""

    rule: AlertingRule
    #: what the rule's expression gave for it, when it last gave something
    element: Element
    #: when that was
    at_ms: int


def annotated(
    asked: Sequence[AnnotationsOf],
    promtool: Path,
    setting: TemplateSetting | None = None,
    *,
    external_known: bool = True,
) -> tuple[Mapping[str, str] | str, ...]:
    """The annotations of each; why they cannot be told, if they cannot.

    Raises:
        CouldNotTellError: promtool cannot render them.
    """
    found: list[Mapping[str, str] | str | None] = []
    rendered: list[Templates] = []
    for one in asked:
        texts = one.rule.annotations
        plain = not any(map(is_template, texts.values()))
        found.append(beyond_reach(texts, external_known=external_known) or (texts if plain else None))
        if found[-1] is None:
            at_ms = one.at_ms if reads_clock(texts) else 0
            rendered.append(
                Templates(alertname=one.rule.alert, labels={}, annotations=texts, element=one.element, at_ms=at_ms)
            )
    answers = iter(render_alerts(rendered, promtool, setting))
    return tuple(next(answers).annotations if one is None else one for one in found)


def untold_labels(placed: PlacedRule, *, external_known: bool) -> str | None:
    """Why the labels of a rule cannot be rendered here; None if they can."""
    return beyond_reach(_templates(placed), external_known=external_known)


def _templates(placed: PlacedRule) -> Mapping[str, str]:
    if not isinstance(placed.rule, AlertingRule):
        return {}
    return {name: text for name, text in merged(placed.group, placed.rule).items() if is_template(text)}


def _plain(templates: Mapping[str, str], element: Element, at_ms: int) -> _Asked:
    value = element.value if reads_value(templates) else 0.0
    return _Asked(element=Element(labels=element.labels, value=value), at_ms=at_ms if reads_clock(templates) else 0)
