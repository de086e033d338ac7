"""The user's kubeconfig: which contexts there are, where one leads, and a kubeconfig that leads nowhere else.

Files are merged as kubectl does it, the first one wins:
https://kubernetes.io/docs/concepts/configuration/organize-cluster-access-kubeconfig/#merging-kubeconfig-files
kr8s takes the last one instead, so the same name could lead two programs to two clusters. Whatever works for a run
therefore gets a kubeconfig with the confirmed context alone, which also stays the same when the user's is changed.
"""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self, TypeAlias
from urllib.parse import urlsplit

from harness.core.errors import MisuseError
from harness.core.files.located import LocatedYaml
from harness.core.files.mistakes import FileMistakesError, Mistake
from harness.core.system_words import reason_of

Entry: TypeAlias = Mapping[str, object]

#: one context with certificates is some 10 KB; more than this is no kubeconfig but an attempt to fill the memory
_MOST_CHARACTERS = 1_000_000
#: relative ones start from the directory of their file:
#: https://github.com/kubernetes/client-go/blob/v0.34.1/tools/clientcmd/loader.go
_FILES = {"cluster": ("certificate-authority",), "user": ("client-certificate", "client-key", "tokenFile")}
_FIX = "see `kubectl config view`, and correct the file"


class KubeconfigError(MisuseError):
    """No kubeconfig, one that cannot be read, or one whose context leads nowhere. Nothing was done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a context leads."""

    context: str
    #: URL of the API server, without credentials
    server: str
    #: JSON text, credentials included: the context and what it needs, nothing else. To be kept with mode 0600
    kubeconfig: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kubeconfig:
    """The merged files. Each entry knows the directory that its paths are relative to."""

    #: for messages
    source: str
    _contexts: Mapping[str, tuple[Path, Entry]] = field(repr=False)
    _clusters: Mapping[str, tuple[Path, Entry]] = field(repr=False)
    _users: Mapping[str, tuple[Path, Entry]] = field(repr=False)

    @classmethod
    def read(cls, explicit: Path | None, environ: Mapping[str, str]) -> Self:
        """Reads the file that was named, else those of `$KUBECONFIG` that exist, else `~/.kube/config`.

        Raises:
            KubeconfigError: there is none, or one of them cannot be used.
        """
        files = [explicit] if explicit else _usual(environ)
        there = [file for file in files if explicit or file.exists()]
        if not there:
            raise KubeconfigError(
                "there is no kubeconfig",
                why=f"none of these exists: {', '.join(map(str, files))}",
                fix="give one: --kubeconfig FILE, or KUBECONFIG=FILE",
            )
        merged: dict[str, dict[str, tuple[Path, Entry]]] = {"context": {}, "cluster": {}, "user": {}}
        for file in there:
            content = _content(file)
            for kind, entries in merged.items():
                for name, entry in _named(content, kind, file).items():
                    entries.setdefault(name, (file.absolute().parent, entry))
        return cls(
            source=", ".join(map(str, there)),
            _contexts=merged["context"],
            _clusters=merged["cluster"],
            _users=merged["user"],
        )

    @property
    def contexts(self) -> tuple[str, ...]:
        """The names of all contexts, sorted."""
        return tuple(sorted(self._contexts))

    def destination(self, context: str) -> Destination:
        """Where a context that exists leads.

        Raises:
            KubeconfigError: it names a cluster or a user that is not there, or no server.
        """
        entry = self._contexts[context][1]
        cluster = self._part(context, "cluster", entry, self._clusters)
        user = self._part(context, "user", entry, self._users)
        server = cluster.get("server")
        if not isinstance(server, str) or not server:
            raise self._broken(context, "its cluster has no server")
        alone = {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": entry["cluster"], "cluster": cluster}],
            "users": [{"name": entry["user"], "user": user}],
            # without its namespace: what names none goes to the same one, whoever reads it
            "contexts": [
                {"name": context, "context": {key: value for key, value in entry.items() if key != "namespace"}}
            ],
            "current-context": context,
        }
        try:
            return Destination(context=context, server=_without_credentials(server), kubeconfig=_json(alone))
        except (TypeError, ValueError, RecursionError) as error:
            raise self._broken(context, "its entries cannot be written as JSON") from error

    def _part(self, context: str, kind: str, entry: Entry, known: Mapping[str, tuple[Path, Entry]]) -> Entry:
        name = entry.get(kind)
        if not isinstance(name, str) or name not in known:
            raise self._broken(context, f"its {kind} {name!r} is not there")
        base, found = known[name]
        return _absolute(kind, found, base)

    def _broken(self, context: str, why: str) -> KubeconfigError:
        return KubeconfigError(f"context {context!r} of {self.source} leads nowhere", why=why, fix=_FIX)


def _usual(environ: Mapping[str, str]) -> list[Path]:
    named = [Path(one) for one in environ.get("KUBECONFIG", "").split(os.pathsep) if one]
    return named or [Path(environ.get("HOME", "~")).expanduser() / ".kube" / "config"]


def _content(file: Path) -> Entry:
    try:
        content = LocatedYaml(file.read_text(encoding="utf-8"), str(file)).data
    except (OSError, UnicodeDecodeError) as error:
        reason = reason_of(error) if isinstance(error, OSError) else "it is not UTF-8 text"
        raise KubeconfigError(f"cannot read kubeconfig {file}", why=reason, fix="name another file") from error
    except FileMistakesError as error:
        # without what is written there: it may be a credential
        raise KubeconfigError(f"{file} is no kubeconfig", why=_said(error.mistakes[0]), fix=_FIX) from None
    return _mapping({} if content is None else content, file, "it")


def _said(mistake: Mistake) -> str:
    told = {
        "is given twice": "a key is given twice",
        "is nested": "it is nested too deeply",
        "has aliases": "its aliases have no end",
        "refers to itself": "its aliases have no end",
    }
    known = (words for begins, words in told.items() if mistake.problem.startswith(begins))
    return f"line {mistake.line}: {next(known, 'it is no valid YAML')}"


def _named(content: Entry, kind: str, file: Path) -> dict[str, Entry]:
    """The entries of `contexts`, `clusters` or `users`. A name that is there twice is an error for kubectl as well."""
    found: dict[str, Entry] = {}
    for one in _list(content.get(f"{kind}s"), file, f"{kind}s"):
        entry = _mapping(one, file, f"an entry of {kind}s")
        name = entry.get("name")
        if not isinstance(name, str) or not name:
            raise _shape(file, f"an entry of {kind}s has no name")
        if name in found:
            raise _shape(file, f"{kind} {name!r} is there twice")
        inner = entry.get(kind)
        found[name] = _mapping({} if inner is None else inner, file, f"{kind} {name!r}")
    return found


def _mapping(content: object, file: Path, what: str) -> Entry:
    if not isinstance(content, dict):
        raise _shape(file, f"{what} is no mapping")
    return content


def _list(content: object, file: Path, what: str) -> Iterator[object]:
    if not isinstance(content, Sequence | None) or isinstance(content, str | bytes):
        raise _shape(file, f"{what} is no list")
    yield from content or ()


def _shape(file: Path, why: str) -> KubeconfigError:
    return KubeconfigError(f"{file} is no kubeconfig", why=why, fix=_FIX)


def _absolute(kind: str, entry: Entry, base: Path) -> Entry:
    """The entry with paths that hold from anywhere."""
    found = {key: value for key, value in entry.items() if key not in _FILES[kind]}
    for key in _FILES[kind]:
        if value := entry.get(key):
            found[key] = str(base / str(value))
    plugin = entry.get("exec")
    # a command without a slash is looked up in PATH
    if isinstance(plugin, Mapping) and os.sep in str(plugin.get("command", "")):
        found["exec"] = {**plugin, "command": str(base / str(plugin["command"]))}
    return found


def _without_credentials(server: str) -> str:
    parts = urlsplit(server)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _json(content: Entry) -> str:
    """JSON, given up where aliases of aliases make it endless."""
    parts, length = [], 0
    for part in json.JSONEncoder(default=str).iterencode(content):
        parts.append(part)
        length += len(part)
        if length > _MOST_CHARACTERS:
            raise ValueError(length)
    return "".join(parts)
