"""A PrometheusRule's rules as a plain rule file."""

from pathlib import Path

import pytest

from harness.core.exported.plain_rules import plain_rules
from harness.core.rules.file import parse_rules
from harness.home import DEFAULT_SUBJECT
from harness.subject_reader import read_subject

_RULES = Path(read_subject(DEFAULT_SUBJECT)[0].files.rules).read_text(encoding="utf-8")
_PLAIN = """\
# ours
groups:
- name: some
  rules:
  # why
  - record: a:b
    expr: |
      sum(b)
# the end
"""
_JSON = '{"groups": [{"name": "some", "rules": [{"record": "a:b", "expr": "sum(b)"}]}]}'
_OBJECT = """\
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: x, namespace: y}
spec:
  groups:
  - name: some
    rules:
    - {record: a:b, expr: sum(b)}
---
# nothing
"""


@pytest.mark.parametrize("text", [_RULES, _PLAIN, _JSON, _OBJECT], ids=["shipped", "plain", "flow", "object"])
def test_it_is_the_same_rules(text: str) -> None:
    """Whatever way they were written."""
    rules = parse_rules(text, "text")
    plain = plain_rules(text, rules)
    assert "kind:" not in plain
    assert parse_rules(plain, "plain").groups == rules.groups


def test_comments_stay() -> None:
    """They say why a rule is as it is."""
    plain = plain_rules(_RULES, parse_rules(_RULES, "text"))
    assert plain.startswith("groups:\n  - name: kubemirror.recording\n")
    assert "\n      # The sum joins what newer frameworks split by a priority label" in plain
    assert "expr: |\n" in plain
