"""The session under way, as pytest's stash keeps it for the plugin and its fixtures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from harness.session.session import Session  # noqa: F401 - a key's type, in quotes

#: there is none before all its scenarios are checked; pytest loads the key for unit tests too, and nothing behind it
SESSION = pytest.StashKey["Session"]()
#: when pytest had read its command line, by the monotonic clock
START_S = pytest.StashKey[float]()
