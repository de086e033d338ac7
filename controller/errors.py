"""The controller's errors: each says what happened, why, and how to fix it.

Contents of Secrets never reach a message: request bodies are not part of any error.
"""

from typing import ClassVar

#: longest text of an API server's message that is kept, in characters; a webhook may answer with pages
_MESSAGE_LIMIT = 300


class ControllerError(Exception):
    """Base of every error that the controller raises on purpose; `str()` gives what, why, fix on three lines."""

    #: what the process exits with when this error ends it
    exit_code: ClassVar[int] = 1

    def __init__(self, what: str, *, why: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.why = why
        self.fix = fix

    def __str__(self) -> str:
        return f"{self.what}\n  why: {self.why}\n  fix: {self.fix}"

    @property
    def line(self) -> str:
        """The same on one line, for a log."""
        return f"{self.what}: {self.why}"


class MisuseError(ControllerError):
    """A flag or a kubeconfig that cannot work. Nothing was started."""

    exit_code: ClassVar[int] = 2


class WatchesEndedError(ControllerError):
    """The watches ended although nobody asked them to; the caches would silently grow old."""


class ReconcileError(ControllerError):
    """At least one target of a source could not be brought to the desired state; the item is tried again."""


class ApiError(ControllerError):
    """The API server answered with an error status."""

    def __init__(
        self, call: str, *, status: int, reason: str = "", message: str = "", causes: tuple[str, ...] = ()
    ) -> None:
        super().__init__(
            f"{call} failed with status {status} {reason}".rstrip(),
            why=message[:_MESSAGE_LIMIT] or "the API server gave no message",
            fix="see the API server's message; a refusal by a webhook or by RBAC names who refused",
        )
        #: HTTP status
        self.status = status
        #: `reason` of the Status object: `NotFound`, `AlreadyExists`, ...
        self.reason = reason
        #: `details.causes[].reason` of the Status object: `NamespaceTerminating`, ...
        self.causes = causes

    @property
    def is_not_found(self) -> bool:
        """The object, or the namespace it was to be created in, does not exist."""
        return self.status == 404  # noqa: PLR2004 - HTTP's own number

    @property
    def is_conflict(self) -> bool:
        """The object exists already, or its resourceVersion or uid is another one by now."""
        return self.status == 409  # noqa: PLR2004 - HTTP's own number

    @property
    def is_invalid(self) -> bool:
        """Validation refused it; an immutable field does that as well."""
        return self.status == 422  # noqa: PLR2004 - HTTP's own number

    @property
    def is_namespace_terminating(self) -> bool:
        """Nothing can be created in a namespace that is being deleted (answered with 403, not 404)."""
        return "NamespaceTerminating" in self.causes


class ApiUnreachableError(ControllerError):
    """No answer came: connection refused, reset, or no answer in time. Whether a write took effect is unknown."""
