"""The strict reader behind `harness.core.rules.file`: from parsed YAML to rule groups, collecting every mistake.

Positions come from `core.files.located`; plain containers (an object from the Kubernetes API) are read the same way,
only without lines.

A PrometheusRule goes through the API server, which takes text for text and nothing else (and drops a key that is
null); a plain file goes to Prometheus, for whom what stands where text belongs is that text: `summary: No` is refused
in the one and "No" in the other. The resource's schema:
https://github.com/prometheus-operator/prometheus-operator/blob/v0.85.0/pkg/apis/monitoring/v1/prometheusrule_types.go
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from harness.core.duration import PromDuration
from harness.core.errors import MisuseError
from harness.core.files.located import PlacedList, PlacedMap, meant
from harness.core.promql import PromQLError
from harness.core.rules.expr import OperatorRefusesError, read_rule_expr
from harness.core.rules.model import AlertingRule, RecordingRule, Rule, RuleGroup

_METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*")
_LABEL = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
_GROUP_KEYS = ("name", "interval", "query_offset", "limit", "labels", "rules", "partial_response_strategy")
_ALERT_KEYS = ("alert", "expr", "for", "keep_firing_for", "labels", "annotations")
_RECORD_KEYS = ("record", "expr", "labels")
_LABEL_FIX = "labels and annotations are `name: text`"
_REFUSED = "the API server refuses it"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mistake:
    """One thing that is wrong in a text, where, and what to do."""

    #: counted from 1; None where there is no text
    line: int | None
    #: the group or rule, e.g. `alert KubeMirrorMemoryHigh`
    where: str
    #: continues the sentence that `where` starts
    what: str
    fix: str
    #: the expression, if that is what is wrong: Prometheus can be asked about it
    expr: str = ""

    def located(self, source: str) -> str:
        """One line that an editor can jump to: `rules.yaml:12: alert A: …`."""
        place = source if self.line is None else f"{source}:{self.line}"
        return f"{place}: {self.where} {self.what}"


class GroupsReader:
    """Reads documents into `groups`; what cannot be used ends in `mistakes`."""

    def __init__(self) -> None:
        self.groups: list[RuleGroup] = []
        self.mistakes: list[Mistake] = []
        #: whether the document that is being read goes through the API server
        self._is_object = False

    def wrong(self, line: int | None, where: str, what: str, fix: str, *, expr: str = "") -> None:
        """Notes one mistake."""
        self.mistakes.append(Mistake(line=line, where=where, what=what, fix=fix, expr=expr))

    def document(self, document: object) -> bool:
        """Reads one document; False if it is not about rules (empty, or an object of another kind)."""
        if document is None:
            return False
        if not isinstance(document, Mapping):
            self.wrong(None, "the text", "is not a mapping", "start with `groups:`, or with a PrometheusRule object")
            return True
        self._is_object = "kind" in document
        if self._is_object:
            if document["kind"] != "PrometheusRule":
                return False
            self._groups(document.get("spec"), ("groups",), _line(document, "spec"), "spec")
        else:
            self._groups(document, ("groups", "namespace"), _line(document, "groups"), "the file")
        return True

    def _groups(self, holder: object, known: tuple[str, ...], line: int | None, where: str) -> None:
        fix = "list the groups under `groups:`"
        if not isinstance(holder, Mapping) or not isinstance(groups := holder.get("groups"), Sequence):
            self.wrong(line, where, "has no list `groups`", fix)
            return
        self._unknown_keys(holder, known, where)
        for index, group in enumerate(groups):
            self._group(group, _line(groups, index), f"group {index + 1}")

    def _group(self, group: object, line: int | None, where: str) -> None:
        if not isinstance(group, Mapping):
            self.wrong(line, where, f"is {meant(group, None)}", "write a group as `name:` with its `rules:`")
            return
        name = self._text(group, "name", where)
        if not name:
            if name is not None or group.get("name") is None:
                self.wrong(line, where, "has no name", "give every group a `name`")
            return
        where = f"group {name}"
        if any(name == known.name for known in self.groups):
            self.wrong(line, where, "stands here a second time", "give every group a name of its own")
        self._unknown_keys(group, _GROUP_KEYS, where)
        limit = group.get("limit") or 0
        if isinstance(limit, bool) or not isinstance(limit, int) or limit < 0:
            below = isinstance(limit, int) and not isinstance(limit, bool)
            what = f"has `limit: {_shown(group, 'limit')}`, {'below 0' if below else _said(group, 'limit')}"
            self.wrong(_line(group, "limit"), where, what, "write a whole number, 0 for no limit")
            limit = 0
        self._text(group, "partial_response_strategy", where)
        rules = group.get("rules") or ()
        if not isinstance(rules, Sequence) or isinstance(rules, str):
            self.wrong(_line(group, "rules"), where, "has no list of rules", "list the rules under `rules:`")
            rules = ()
        self.groups.append(
            RuleGroup(
                name=name,
                interval=self._duration(group, "interval", where),
                query_offset=self._duration(group, "query_offset", where),
                limit=limit,
                labels=self._texts(group, "labels", where),
                rules=tuple(self._rules(rules, where)),
            )
        )

    def _rules(self, rules: Sequence[object], group: str) -> Iterator[Rule]:
        for index, rule in enumerate(rules):
            line, where = _line(rules, index), f"{group}, rule {index + 1}"
            if not isinstance(rule, Mapping):
                self.wrong(line, where, "is not a mapping", "write a rule as `alert:` or `record:` with its `expr:`")
                continue
            kinds = [kind for kind in ("alert", "record") if rule.get(kind) not in (None, "")]
            if len(kinds) != 1:
                what = "has both `alert` and `record`" if kinds else "has neither `alert` nor `record`"
                self.wrong(line, where, what, "a rule either alerts or records: keep exactly one of the two")
                continue
            name = self._text(rule, kinds[0], where)
            if not name:
                continue
            yield (self._alert if kinds == ["alert"] else self._record)(rule, name, line)

    def _alert(self, rule: Mapping[str, object], name: str, line: int | None) -> AlertingRule:
        where = f"alert {name}"
        self._unknown_keys(rule, _ALERT_KEYS, where)
        return AlertingRule(
            alert=name,
            expr=self._expr(rule, where, line),
            hold=self._duration(rule, "for", where) or PromDuration(0),
            keep_firing_for=self._duration(rule, "keep_firing_for", where) or PromDuration(0),
            labels=self._texts(rule, "labels", where),
            annotations=self._texts(rule, "annotations", where),
            line=line,
        )

    def _record(self, rule: Mapping[str, object], name: str, line: int | None) -> RecordingRule:
        where = f"record {name}"
        self._unknown_keys(rule, _RECORD_KEYS, where)
        if not _METRIC.fullmatch(name):
            self.wrong(line, where, "is no metric name", "use letters, digits, `_` and `:`, no digit first")
        return RecordingRule(
            record=name, expr=self._expr(rule, where, line), labels=self._texts(rule, "labels", where), line=line
        )

    def _expr(self, rule: Mapping[str, object], where: str, line: int | None) -> str:
        whole = isinstance(rule.get("expr"), int) and not isinstance(rule.get("expr"), bool)
        expr = str(rule["expr"]) if whole else self._text(rule, "expr", where)
        if expr is None and rule.get("expr") is not None:
            return ""
        if not expr or not expr.strip():
            self.wrong(line, where, "has no expression", "write the PromQL condition or query under `expr:`")
            return ""
        try:
            read_rule_expr(expr)
        except PromQLError as error:
            what = f"has an expression that cannot be used: {error.why}"
            asked = "" if isinstance(error, OperatorRefusesError) else expr
            self.wrong(_line(rule, "expr"), where, what, error.fix, expr=asked)
        return expr.strip()

    def _duration(self, holder: Mapping[str, object], key: str, where: str) -> PromDuration | None:
        text = self._text(holder, key, where)
        if text == "" and key == "keep_firing_for" and self._is_object:
            what = f"has an empty `keep_firing_for`; {_REFUSED}"
            self.wrong(_line(holder, key), where, what, "leave it out, or write a duration like 5m")
        if not text:  # elsewhere the schema takes an empty duration, and the operator drops it
            return None
        try:
            return PromDuration.parse(text)
        except MisuseError as error:
            self.wrong(_line(holder, key), where, f"has `{key}: {text}`, which is no duration", error.fix)
            return None

    def _texts(self, holder: Mapping[str, object], key: str, where: str) -> Mapping[str, str]:
        texts = holder.get(key)
        if texts is None:
            return {}
        if not isinstance(texts, Mapping):
            self.wrong(_line(holder, key), where, f"has `{key}` that are no mapping", _LABEL_FIX)
            return {}
        for name in texts:
            if not isinstance(name, str) or not _LABEL.fullmatch(name) or name == "__name__":
                self.wrong(
                    _line(texts, name),
                    where,
                    f"has {name!r} in `{key}`, which is no label name",
                    "use letters, digits and `_`, no digit first",
                )
        found = {name: self._text(texts, name, where, among=key) for name in texts}
        return {name: text for name, text in found.items() if text is not None}

    def _text(self, holder: Mapping[str, object], key: str, where: str, *, among: str = "") -> str | None:
        """The text of a key; None where it has none, and where it has something else, which is noted."""
        value = holder.get(key)
        if value is None or isinstance(value, str):
            return value
        if not self._is_object and isinstance(value, bool | int | float):
            return _shown(holder, key)
        what = f"has `{key}: {_shown(holder, key)}`{f' in `{among}`' if among else ''}, {_said(holder, key)}"
        fix = "write text there"
        if isinstance(value, bool | int | float):
            fix = f'quote it, if the text is meant: `{key}: "{_shown(holder, key)}"`'
        self.wrong(_line(holder, key), where, f"{what}; {_REFUSED}" if self._is_object else what, fix)
        return None

    def _unknown_keys(self, holder: Mapping[str, object], known: tuple[str, ...], where: str) -> None:
        for key in holder:
            if key not in known:
                self.wrong(_line(holder, key), where, f"has the unknown key `{key}`", f"known are: {', '.join(known)}")


def _shown(holder: Mapping[str, object], key: str) -> str:
    """A value as it is written, as far as that is known."""
    if isinstance(holder, PlacedMap) and key in holder.written:
        return holder.written[key]
    value = holder[key]
    if isinstance(value, bool):
        return str(value).lower()
    return "..." if isinstance(value, Mapping | Sequence) and not isinstance(value, str) else str(value)


def _said(holder: Mapping[str, object], key: str) -> str:
    """What it is: `which is the boolean false in YAML 1.1`."""
    same = _shown(holder, key) in (str(holder[key]), str(holder[key]).lower())
    return f"which is {meant(holder[key], None)}{'' if same else ' in YAML 1.1'}"


def _line(holder: object, key: object) -> int | None:
    """The line, counted from 1, of a key or an index; None where there is no text to point into."""
    if isinstance(holder, PlacedMap) and isinstance(key, str) and key in holder:
        return holder.places[key].line
    if isinstance(holder, PlacedList) and isinstance(key, int):
        return holder.places[key].line
    return None
