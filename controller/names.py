"""The labels and annotations of KubeMirror's API.

The managed-by label has KubeMirror's own prefix: `app.kubernetes.io/managed-by` is rewritten by Helm and Kustomize.
"""

from typing import Final

PREFIX: Final = "kubemirror.raczylo.com/"

#: label of a source; its value must be "true"
ENABLED: Final = f"{PREFIX}enabled"
#: annotation of a source; its value must be "true"
SYNC: Final = f"{PREFIX}sync"
#: annotation of a source: comma-separated names and globs of namespaces, or `all`
TARGET_NAMESPACES: Final = f"{PREFIX}target-namespaces"

#: label of a mirror; its value is "true"
MIRROR: Final = f"{PREFIX}mirror"
#: label of a mirror; its value is `MANAGER`
MANAGED_BY: Final = f"{PREFIX}managed-by"
#: annotation of a mirror
SOURCE_NAMESPACE: Final = f"{PREFIX}source-namespace"
#: annotation of a mirror
SOURCE_NAME: Final = f"{PREFIX}source-name"
#: annotation of a mirror: SHA-256 of the source's type and data
CONTENT_HASH: Final = f"{PREFIX}content-hash"

TRUE: Final = "true"
MANAGER: Final = "kubemirror"

#: selects the sources on the server, so that other objects never travel
SOURCE_SELECTOR: Final = f"{ENABLED}={TRUE}"
#: selects the mirrors on the server
MIRROR_SELECTOR: Final = f"{MIRROR}={TRUE}"
