"""The rules of a PrometheusRule as a plain rule file: word by word, with its comments, where that can be."""

import re
import textwrap
from typing import Final

from harness.core.errors import HarnessError
from harness.core.rules.file import parse_rules, render
from harness.core.rules.model import RuleFile

_GROUPS: Final = re.compile(r"^( *)groups:\s*$")


def plain_rules(text: str, rules: RuleFile) -> str:
    """The groups of a text, as Prometheus and promtool read them.

    Args:
        text: a PrometheusRule or a rule file.
        rules: what was read from it.
    """
    copied = _copied(text)
    try:
        same = parse_rules(copied, rules.source).groups == rules.groups
    except HarnessError:
        same = False
    return copied if same else render(rules.groups)


def _copied(text: str) -> str:
    """What stands under the first `groups:`, moved to the margin."""
    lines = text.splitlines()
    for index, line in enumerate(lines):
        if found := _GROUPS.match(line):
            inside = [line]
            for other in lines[index + 1 :]:
                if other.strip() and not other.lstrip().startswith("#") and _outside(other, found[1]):
                    break
                inside.append(other)
            return textwrap.dedent("\n".join((*inside, "")))
    return ""


def _outside(line: str, margin: str) -> bool:
    indent = len(line) - len(line.lstrip(" "))
    return indent < len(margin) or (indent == len(margin) and not line.lstrip().startswith("- "))
