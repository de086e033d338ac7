"""Marks: the names by which what the harness makes or changes is known again, also after a `kill -9`."""

from typing import Final

#: environment variable whose value is the id of the run a process belongs to
RUN_MARK: Final = "KUBEMIRROR_HARNESS_RUN"
#: the image of the harness's own pods; its entry point is `python -m`
HARNESS_IMAGE: Final = "kubemirror-harness:dev"

#: label of every object that a run created or changed; its value is the run's id
RUN_LABEL: Final = "kubemirror-harness/run"
#: label that says what an object of a fault is for; on a namespace `source` or `target`
ROLE_LABEL: Final = "kubemirror-harness/role"
#: label that tells the sources of one flood or workload from those of another
GROUP_LABEL: Final = "kubemirror-harness/group"
#: label of the owner's consent, on a namespace: `"true"` lets the harness do damage in it
ALLOWED_LABEL: Final = "kubemirror-harness/allowed"
#: label of a namespace that was there before the run, while the run uses it: it is given back, never deleted
EXISTING_NAMESPACE_LABEL: Final = "kubemirror-harness/borrowed"

#: the annotations that keep what a changed object was before begin like this: it was there before, and stays
FORMER_PREFIX: Final = "kubemirror-harness/former-"
#: JSON of a Deployment's whole `spec` as it was before the first fault of a run
FORMER_SPEC: Final = f"{FORMER_PREFIX}spec"
#: whose label a Deployment carried before: who installed it put that there, and finds it again by it. Absent where it
#: had none
FORMER_RUN: Final = f"{FORMER_PREFIX}run"
#: on a pod: JSON of the container's `resources` before the squeeze
FORMER_RESOURCES: Final = f"{FORMER_PREFIX}resources"
