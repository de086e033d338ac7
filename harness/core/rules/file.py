"""Rule files as text: strict reading, with the line of every mistake, and writing.

Both forms are read: a PrometheusRule object (more than one per text, separated by `---`, other kinds are passed over)
and the plain file with `groups:` at its top. Prometheus's own check comes later and knows more (templates); what is
found here is found before anything is started.
"""

import io
from collections.abc import Iterable

from ruamel.yaml import YAML

from harness.core.errors import MisuseError
from harness.core.files.located import read_documents as read_yaml
from harness.core.files.mistakes import FileMistakesError
from harness.core.rules.model import AlertingRule, RecordingRule, Rule, RuleFile, RuleGroup
from harness.core.rules.reader import GroupsReader, Mistake

__all__ = [
    "AlertingRule",
    "RecordingRule",
    "Rule",
    "RuleFile",
    "RuleFileError",
    "RuleGroup",
    "parse_rules",
    "read_documents",
    "render",
    "written",
]

#: what a rule file is written from: YAML's types
Yaml = str | int | list["Yaml"] | dict[str, "Yaml"]


class RuleFileError(MisuseError):
    """One text with at least one mistake; all of them are in `mistakes`, in the order of the text."""

    def __init__(self, source: str, mistakes: tuple[Mistake, ...]) -> None:
        count = "1 mistake" if len(mistakes) == 1 else f"{len(mistakes)} mistakes"
        super().__init__(
            f"{source}: {count} in the rules",
            why="\n       ".join(mistake.located(source) for mistake in mistakes),
            fix="\n       ".join(dict.fromkeys(mistake.fix for mistake in mistakes)),
        )
        self.mistakes = mistakes


def parse_rules(text: str, source: str) -> RuleFile:
    """Reads rules from a PrometheusRule object or a plain rule file.

    Args:
        text: YAML.
        source: what to call it in messages, usually the file's name.

    Raises:
        RuleFileError: the text is no YAML, holds no rules, or has rules that Prometheus would refuse.
    """
    try:
        documents = [one.data for one in read_yaml(text, source)]
    except FileMistakesError as error:
        raise RuleFileError(
            source,
            tuple(
                Mistake(line=one.line, where=one.key or "the text", what=one.problem, fix=one.fix)
                for one in error.mistakes
            ),
        ) from error
    return read_documents(documents, source)


def read_documents(documents: Iterable[object], source: str) -> RuleFile:
    """Reads rules from documents that are parsed already: YAML with positions, or an object of the Kubernetes API.

    Raises:
        RuleFileError: as `parse_rules`.
    """
    reader = GroupsReader()
    found = [reader.document(document) for document in documents]
    if not reader.mistakes and not any(is_rules for is_rules in found):
        reader.wrong(
            None,
            "the text",
            "holds no rules",
            "give a PrometheusRule object, or a rule file with `groups:` at its top",
        )
    if reader.mistakes:
        raise RuleFileError(source, tuple(reader.mistakes))
    return RuleFile(source=source, groups=tuple(reader.groups))


def render(groups: Iterable[RuleGroup]) -> str:
    """Writes groups as a plain rule file, the form that Prometheus and promtool read."""
    yaml = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False  # type: ignore[assignment]  # ruamel declares it as None
    yaml.width = 4_096
    out = io.StringIO()
    yaml.dump({"groups": [written(group) for group in groups]}, out)
    return out.getvalue()


def written(group: RuleGroup) -> dict[str, Yaml]:
    """A group as a rule file and a PrometheusRule have it."""
    fields: dict[str, Yaml] = {"name": group.name}
    if group.interval is not None:
        fields["interval"] = str(group.interval)
    if group.query_offset is not None:
        fields["query_offset"] = str(group.query_offset)
    if group.limit:
        fields["limit"] = group.limit
    if group.labels:
        fields["labels"] = dict(group.labels)
    fields["rules"] = [_rule(rule) for rule in group.rules]
    return fields


def _rule(rule: Rule) -> Yaml:
    fields: dict[str, Yaml]
    if isinstance(rule, AlertingRule):
        fields = {"alert": rule.alert, "expr": rule.expr}
        if rule.hold.ms:
            fields["for"] = str(rule.hold)
        if rule.keep_firing_for.ms:
            fields["keep_firing_for"] = str(rule.keep_firing_for)
    else:
        fields = {"record": rule.record, "expr": rule.expr}
    if rule.labels:
        fields["labels"] = dict(rule.labels)
    if isinstance(rule, AlertingRule) and rule.annotations:
        fields["annotations"] = dict(rule.annotations)
    return fields
