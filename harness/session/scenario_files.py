"""Which files have scenarios: known by their markers, before anything is collected.

Pytest knows its tests only once it has imported them, and in xdist's controller never. What has to be known sooner
(whether bad input ends the session at once, which codes it ends with, how workers share, whether there are fixtures) is
read from the text of the files that the command line asks for. Light, for every session of an environment pays it.
"""

from __future__ import annotations

import ast
import os
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

#: those that only scenarios have; `smoke` and the like are everybody's words
_MARKERS = frozenset({"promise", "silent", "matrix", "records", "scenario"})
_MARKED = re.compile(rb"\bmark\s*\.\s*(" + b"|".join(sorted(marker.encode() for marker in _MARKERS)) + rb")\b")
#: pytest's own `python_files` and `norecursedirs`
_FILES = ("test_*.py", "*_test.py")
_NOT_INTO = (".*", "__pycache__", "build", "dist", "node_modules", "venv", "*.egg")
#: may mark the tests beside and below it
_CONFTEST = "conftest.py"
_FOUND = pytest.StashKey[bool]()


def has_scenarios(config: pytest.Config) -> bool:
    """Whether a session is about scenarios: `harness prove` says so, or a file that it asks for has one."""
    if _FOUND not in config.stash:
        files, not_into = config.getini("python_files"), config.getini("norecursedirs")
        config.stash[_FOUND] = config.getoption("--prove") or found_in(
            config.args, config.invocation_params.dir, files=files, not_into=not_into
        )
    return config.stash[_FOUND]


def found_in(
    words: Iterable[str], here: Path, *, files: Sequence[str] = _FILES, not_into: Sequence[str] = _NOT_INTO
) -> bool:
    """Whether one of the files that some words of a command line name has a scenario.

    Args:
        words: paths of files and directories, or node ids; what is neither names nothing.
        here: where relative ones begin.
        files: patterns of the names that test files have.
        not_into: patterns of the names of directories that are not entered.
    """
    paths = (here / word.partition("::")[0] for word in words if not word.startswith("-"))
    return any(_has_one(file) for path in paths for file in _files(path, files, not_into))


def _files(path: Path, files: Sequence[str], not_into: Sequence[str]) -> Iterator[Path]:
    if path.is_dir():
        for place, directories, names in os.walk(path):
            directories[:] = [one for one in directories if not _fits(one, not_into)]
            yield from (Path(place, name) for name in sorted(names) if name == _CONFTEST or _fits(name, files))
    elif path.suffix == ".py" and path.parent.is_dir():
        # one that is misspelt is asked for as the files beside it are
        beside = [path] if path.is_file() else [one for one in path.parent.iterdir() if _fits(one.name, files)]
        yield from (*beside, path.parent / _CONFTEST)


def _fits(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatch(name, pattern) for pattern in patterns)


def _has_one(file: Path) -> bool:
    try:
        text = file.read_bytes()
        # it may stand in a text: that of a test of pytest's plugins, say
        return _MARKED.search(text) is not None and any(map(_is_marker, ast.walk(ast.parse(text))))
    except (SyntaxError, ValueError):
        return True
    except OSError:
        return False


def _is_marker(node: ast.AST) -> bool:
    if not isinstance(node, ast.Attribute) or node.attr not in _MARKERS:
        return False
    of = node.value
    return (isinstance(of, ast.Attribute) and of.attr == "mark") or (isinstance(of, ast.Name) and of.id == "mark")
