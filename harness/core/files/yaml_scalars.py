"""What one scalar of YAML means to kubectl: YAML 1.1 as Go's yaml.v2 resolves it, with some views of its own.

`yes`, `No`, `on`, `y` are booleans, `010` is 8, `1_000` a number, `1:30` and a date are text, `1e400` is text too:
https://github.com/yaml/go-yaml/blob/v2.4.3/resolve.go. Then comes JSON, which has no infinity and writes 5.0 as 5:
https://github.com/kubernetes-sigs/yaml/blob/v1.6.0/yaml.go (`yamlToJSONTarget`). The table in
`harness/tests/data/kubectl_yaml.json` holds what kubectl's own code made of each of its inputs.
"""

import base64
import math
import re

#: what a scalar can be
Scalar = bool | int | float | str | None

_TAG = "tag:yaml.org,2002:"
_WORDS: dict[str, bool | None] = {
    **{word: True for short in ("y", "yes", "true", "on") for word in {short, short.capitalize(), short.upper()}},
    **{word: False for short in ("n", "no", "false", "off") for word in {short, short.capitalize(), short.upper()}},
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
}
_NOT_FINITE = frozenset(
    f"{sign}.{word}" for sign in ("", "+", "-") for word in ("inf", "Inf", "INF")
) | {".nan", ".NaN", ".NAN"}  # fmt: skip
#: Go's base 0: a prefix says the base, a leading zero alone says octal
_INTEGER = re.compile(
    r"(?P<sign>[-+]?)(?:0[xX](?P<x>[0-9a-fA-F]+)|0[bB](?P<b>[01]+)|0[oO]?(?P<o>[0-7]+)|(?P<d>0|[1-9][0-9]*))"
)
_BASES = {"x": 16, "b": 2, "o": 8, "d": 10}
#: a second attempt of yaml.v2 at binary numbers, which takes a sign after the prefix
_SIGNED_BINARY = re.compile(r"0b(?P<sign>[-+])(?P<b>[01]+)")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
#: an underscore has a digit on each side
_DIGITS_APART = re.compile(r"\.[0-9](_?[0-9])*([eE][-+]?[0-9](_?[0-9])*)?")
_INT64, _UINT64 = 2**63, 2**64
#: tags that say what a scalar has to be
_KINDS: dict[str, tuple[type, ...]] = {
    "bool": (bool,),
    "int": (int,),
    "float": (int, float),
    "null": (type(None),),
}
_NAMES = {"bool": "a boolean", "int": "a whole number", "float": "a number", "null": "null"}


class ScalarError(ValueError):
    """It means nothing that JSON could say; the text continues the sentence that the key begins."""


def scalar(text: str, *, tag: str = "", plain: bool) -> Scalar:
    """The value of a scalar.

    Args:
        text: as the parser gives it, escapes and folding done.
        tag: the tag that is written before it, in full; empty for none.
        plain: whether it stands without quotes, and is no block.

    Raises:
        ScalarError: no value, or none that JSON can say.
    """
    short = tag.removeprefix(_TAG)
    if short == "binary":
        return _decoded(text)
    if (not tag and not plain) or short == "str" or (tag and short not in _KINDS and short != "timestamp"):
        return text  # a tag of somebody's own says nothing to kubectl
    value = _plain(text)
    if tag and not _is_a(value, short):
        raise ScalarError(f"is `{text}`, which is not {_NAMES.get(short, 'a date')}, as its tag !!{short} says")
    return value


def json_number(text: str) -> int | float:
    """A number of a JSON text.

    Raises:
        ScalarError: larger than any number there is.
    """
    return _said(float(text)) if any(sign in text for sign in ".eE") else _fitting(int(text), text)


def _is_a(value: Scalar, kind: str) -> bool:
    if kind == "timestamp":
        return isinstance(value, str) and _DATE.match(value) is not None
    return isinstance(value, _KINDS[kind]) and (kind == "bool" or not isinstance(value, bool))


#: close enough for a tag that nobody writes
_DATE = re.compile(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}")


def _plain(text: str) -> Scalar:
    if text in _WORDS:
        return _WORDS[text]
    if text in _NOT_FINITE:
        raise ScalarError(f"is `{text}`, a number that JSON does not have and no API server takes")
    if not text or text[0] not in "+-.0123456789" or not text.isascii():
        return text
    if text[0] == ".":
        return _float(text.replace("_", "") if _DIGITS_APART.fullmatch(text) else text, text)
    digits = text.replace("_", "")
    if (found := _INTEGER.fullmatch(digits)) or (found := _SIGNED_BINARY.fullmatch(digits)):
        name = next(name for name, group in found.groupdict().items() if name != "sign" and group is not None)
        number = int(found[name], _BASES[name]) * (-1 if found["sign"] == "-" else 1)
        if -_INT64 <= number < (_INT64 if found["sign"] else _UINT64):
            return number
    return _float(digits, text)


def _float(digits: str, text: str) -> int | float | str:
    if not _FLOAT.fullmatch(digits) or math.isinf(number := float(digits)):
        return text
    return _said(number)


def _said(number: float) -> int | float:
    """The number as it comes out of Go's JSON: what has no fraction is a whole one."""
    if math.isinf(number):
        raise ScalarError("is a number that is too large")
    return int(number) if number.is_integer() and abs(number) < _INT64 else number


def _fitting(number: int, text: str) -> int | float:
    return number if -_INT64 <= number < _INT64 else _said(float(text))


def _decoded(text: str) -> str:
    try:
        return base64.b64decode("".join(text.split()), validate=True).decode()
    except ValueError as error:
        raise ScalarError("has the tag !!binary and holds no base64 of text") from error
