"""JSON as text that every program reads and no terminal is steered by."""

import json
import math
import re

Json = None | bool | int | float | str | list["Json"] | dict[str, "Json"]

#: C1 controls and what turns the direction of writing or ends a line; JSON's writer escapes the others itself
_STEERING = re.compile("[\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def json_text(value: Json) -> str:
    """JSON that every program reads and that steers no terminal: what it cannot say is said otherwise."""
    plain = json.dumps(_sayable(value), indent=2, ensure_ascii=False, allow_nan=False)
    return _STEERING.sub(lambda found: f"\\u{ord(found[0]):04x}", plain)


def _sayable(value: Json) -> Json:
    """What UTF-8 and JSON can say of it: halves of surrogates become text, what is not finite null."""
    match value:
        case str():
            return value.encode("utf-8", "backslashreplace").decode()
        case float():
            return value if math.isfinite(value) else None
        case list():
            return [_sayable(each) for each in value]
        case dict():
            return {str(_sayable(key)): _sayable(each) for key, each in value.items()}
        case _:
            return value
