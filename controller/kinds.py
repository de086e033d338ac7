"""The two kinds of objects that are mirrored, and where the API keeps them."""

from enum import StrEnum


class Kind(StrEnum):
    """A mirrored kind; the value is the name of its controller, as the metrics show it."""

    SECRET = "secret"  # noqa: S105 - a kind's name, not a password
    CONFIGMAP = "configmap"

    @property
    def api_name(self) -> str:
        """`kind` of the objects."""
        return "Secret" if self is Kind.SECRET else "ConfigMap"

    @property
    def plural(self) -> str:
        """The resource in URLs and RBAC."""
        return f"{self.value}s"
