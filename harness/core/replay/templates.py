"""What can be said of a template without rendering it: whether it is one, and what it takes to render it.

Rendering is Go's and Prometheus's own: https://github.com/prometheus/prometheus/blob/v3.13.5/template/template.go
"""

import re
from collections.abc import Mapping
from typing import Final

_ACTION: Final = re.compile(r"\{\{.*?\}\}", re.DOTALL)
#: strings and comments of an action, in which words mean nothing
_QUIET: Final = re.compile(r'"(?:[^"\\]|\\.)*"|`[^`]*`|/\*.*?\*/', re.DOTALL)
_WORD: Final = re.compile(r"(?<![\w.$])(?:query|externalURL|pathPrefix)\b")
_EXTERNAL: Final = re.compile(r"\$external(?:Labels|URL)\b|(?<![\w$])\.External(?:Labels|URL)\b")
_NOW: Final = re.compile(r"(?<![\w.$])now\b")
#: an action that prints one label, or one label by a name that is no word
_LABEL: Final = re.compile(r'\{\{-?\s*(?:(?:\$labels|\.Labels)\.\w+|index\s+\$labels\s+"[^"\\]*")\s*-?\}\}')


def is_template(text: str) -> bool:
    """Whether it may come to something else than itself."""
    return "{{" in text


def reads_value(texts: Mapping[str, str]) -> bool:
    """Whether any of them may come to something else at another value of the same series, or at another instant."""
    return any(is_template(_LABEL.sub("", text)) for text in texts.values())


def reads_clock(texts: Mapping[str, str]) -> bool:
    """Whether any of them reads the instant of the evaluation."""
    return any(_NOW.search(_QUIET.sub('""', action)) for text in texts.values() for action in _ACTION.findall(text))


def beyond_reach(texts: Mapping[str, str], *, external_known: bool = True) -> str | None:
    """Why one of them cannot be rendered away from the Prometheus that has it; None if all can.

    Args:
        texts: by the name of the label or annotation.
        external_known: whether `external_labels` and the external URL of that Prometheus are known.
    """
    for name, text in texts.items():
        for action in _ACTION.findall(text):
            words = _QUIET.sub('""', action)
            if found := _WORD.search(words):
                what = "asks Prometheus" if found.group() == "query" else "tells the address of Prometheus"
                return f"the template of `{name}` {what} (`{found.group()}`)"
            if not external_known and (found := _EXTERNAL.search(words)):
                return f"the template of `{name}` reads `{found.group()}`, which is not known here"
    return None
