"""The marks by which a run and a cluster's owner talk to each other: labels and annotations on objects."""

from typing import Final

#: on every object that a run created or changed; its value is the run's id
RUN_LABEL: Final = "kubemirror-harness/run"
#: what a namespace that the faults made is for
ROLE_LABEL: Final = "kubemirror-harness/role"
#: the owner's consent, on a namespace: `"true"` lets the harness do damage in it
ALLOWED_LABEL: Final = "kubemirror-harness/allowed"
#: on a namespace that was there before the run, while the run uses it: it is given back, never deleted
EXISTING_NAMESPACE_LABEL: Final = "kubemirror-harness/borrowed"
#: the annotations that keep what a changed object was before begin like this: it was there before, and stays
FORMER_PREFIX: Final = "kubemirror-harness/former-"
