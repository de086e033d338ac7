"""`harness prove`: pytest with the scenarios that come with the harness, or with one's own, from any directory.

Thin: pytest's process takes the place of this one, with all of its options and the plug-in's. Here is only settled
where the scenarios are. The shipped ones have the directory they lie in as pytest's root, wherever somebody stands, so
that a scenario is called the same everywhere; one's own are run as pytest runs them.
"""

import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest
from _pytest.config import get_config

from harness.core.errors import MisuseError
from harness.home import HOME, SCENARIOS

#: named, for pytest may be told to load none by itself
_PLUGIN = "harness.plugin"
_SETTINGS = Path(__file__).with_name("prove.ini")


def prove(words: Sequence[str]) -> NoReturn:
    """Becomes pytest; what it ends with is what this ends with.

    Args:
        words: of the command line: paths and node ids, those of shipped scenarios as they are told
            (`scenarios/test_dashboard.py`), and options.

    Raises:
        MisuseError: they cannot be read.
    """
    command = pytest_command(words, here=Path.cwd())
    sys.stdout.flush()
    os.execv(command[0], command)  # noqa: S606 - arguments are a list, there is no shell


def pytest_command(words: Sequence[str], *, here: Path) -> list[str]:
    """The words that run pytest, as `prove`.

    Args:
        words: as there.
        here: where somebody stands.

    Raises:
        MisuseError: as there.
    """
    asked = _paths(words, here)
    shipped = {word for word in asked if not _there(here, word) and _there(HOME, word)}
    found = [str(HOME / word) if word in shipped else word for word in words]
    # not -m alone: what lies where somebody stands is no module of the harness's
    pytests = [sys.executable, "-P", "-m", "pytest", "-p", _PLUGIN, "--prove"]
    if set(asked) - shipped:
        return [*pytests, *found]
    # before what was asked for, which may say it otherwise; the cache of an installed package is nobody's to write
    root = [f"--rootdir={HOME}", f"--config-file={_SETTINGS}", "-o", f"cache_dir={here / '.pytest_cache'}"]
    return [*pytests, *root, *found, *([] if asked else [str(SCENARIOS)])]


def _there(place: Path, word: str) -> bool:
    return (place / word.partition("::")[0]).exists()


def _paths(words: Sequence[str], here: Path) -> list[str]:
    """The words that are paths. Pytest alone knows which of its options, and of its plug-ins', take a value."""
    config = get_config()
    try:
        config.pluginmanager.import_plugin(_PLUGIN)
        config.pluginmanager.load_setuptools_entrypoints("pytest11")
        found = config._parser.parse_known_args(list(words)).file_or_dir  # noqa: SLF001 - there is no other way to ask
    except pytest.UsageError as usage:
        raise MisuseError("pytest cannot read this", why=str(usage), fix="see `harness prove --help`") from usage
    finally:
        config._ensure_unconfigure()  # noqa: SLF001 - same
    # a value of an option that only a conftest.py knows is taken for one
    return [word for word in found if _there(here, word) or _there(HOME, word) or "::" in word]
