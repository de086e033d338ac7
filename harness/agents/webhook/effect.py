"""How a fault shows that it is in effect: a warning in the answer to a dry-run write."""


def effect_warning(path: str) -> str:
    """The text of the warning; the API server hands it on to the writer in a `Warning` header.

    https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#response
    """
    return f"kubemirror-harness: fault {path} is in effect"
