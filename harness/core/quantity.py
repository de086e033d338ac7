"""Kubernetes quantities: `500m`, `128Mi`, `1e3`.

Grammar: https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
"""

import math
from decimal import Decimal, InvalidOperation

from harness.core.errors import CouldNotTellError

_BINARY = {"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
_DECIMAL = {"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}


class QuantityError(CouldNotTellError):
    """A text stands for no quantity."""


def parse_quantity(text: str) -> Decimal:
    """The exact number that a quantity stands for.

    Raises:
        QuantityError: the text is no quantity.
    """
    try:
        if text[-2:] in _BINARY:
            return Decimal(text[:-2]) * Decimal(1024) ** _BINARY[text[-2:]]
        if text[-1:] in _DECIMAL:
            return Decimal(text[:-1]).scaleb(_DECIMAL[text[-1:]])
        return Decimal(text)
    except InvalidOperation as error:
        raise QuantityError(
            f"{text!r} is no quantity",
            why="a number with an optional suffix was expected",
            fix="write e.g. 500m or 128Mi",
        ) from error


def whole(value: Decimal) -> int:
    """Rounded up, as Kubernetes rounds quantities."""
    return math.ceil(value)
