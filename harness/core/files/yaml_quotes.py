"""Texts in YAML, so quoted that any reader gets back what was meant, and no type is guessed."""

_PRINTABLE = range(0x20, 0x7F)


def in_quotes(text: str) -> str:
    """In single quotes, which leave everything as it is; in double ones what YAML may not carry so."""
    if all(ord(char) in _PRINTABLE for char in text):
        return "'" + text.replace("'", "''") + "'"
    return in_double_quotes(text)


def in_double_quotes(text: str) -> str:
    """Everything escaped that YAML may not carry as it is: https://yaml.org/spec/1.2.2/#57-escaped-characters ."""
    return f'"{"".join(map(_escaped, text))}"'


def _escaped(char: str) -> str:
    code = ord(char)
    if char in '"\\':
        return f"\\{char}"
    if code in _PRINTABLE:
        return char
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"  # noqa: PLR2004 - what four digits can say
