"""What an error comes to, in words that are nobody's program's: the one way in which the harness says it.

Python shows `[Errno 13] Permission denied: '/x'`, and a client library its own classes and objects
(`HTTPConnectionPool(host=...): Max retries exceeded ...`); whoever is told knows file and server already, and asks what
is the matter.
"""

import errno
from collections.abc import Iterator

_WORDS = {
    errno.ENOENT: "there is no such file",
    errno.ENOTDIR: "a part of the path is a file, not a directory",
    errno.EEXIST: "it is there already",
    errno.EACCES: "this user may not do that there",
    errno.EPERM: "this user may not do that there",
    errno.EISDIR: "it is a directory",
    errno.ELOOP: "it is a link to itself",
    errno.ENAMETOOLONG: "its name is too long",
    errno.EROFS: "the file system is read-only",
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk quota is used up",
    errno.EIO: "the disk cannot be read or written there",
    errno.EMFILE: "this process has too many files open",
    errno.ENFILE: "this machine has too many files open",
    errno.ECONNREFUSED: "nothing listens there (connection refused)",
    errno.ECONNRESET: "it closed the connection without an answer",
    errno.EPIPE: "it closed the connection without an answer",
    errno.EHOSTUNREACH: "there is no way to that host",
    errno.ENETUNREACH: "there is no network that leads there",
    errno.ETIMEDOUT: "no answer in time",
    errno.EADDRINUSE: "another program uses that port",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}


def reason_of(error: BaseException) -> str:
    """What is the matter: the system's reason beneath what a library wraps it in, without a file's name or a number.

    What the system has no part in keeps its own class and words.
    """
    chain = tuple(_chain(error))
    # an error of TLS has numbers of its own
    of_system = [one for one in chain if isinstance(one, OSError) and "SSL" not in type(one).__name__]
    known = next((one.errno for one in of_system if one.errno in _WORDS), None)
    if known is not None:
        return _WORDS[known]
    if any(isinstance(one, TimeoutError) or "Timeout" in type(one).__name__ for one in chain):
        return "no answer in time"
    if any("RemoteDisconnected" in type(one).__name__ or isinstance(one, ConnectionResetError) for one in chain):
        return "it closed the connection without an answer"
    unknown = next((one.strerror for one in of_system if one.strerror), None)
    if unknown:
        return unknown.lower()
    said = str(chain[-1]) or str(error)
    return f"{type(chain[-1]).__name__}: {said}" if said else type(error).__name__


def file_and_reason(error: BaseException) -> str:
    """The same, with the file's name before it, for whoever cannot know which one it is about."""
    name = error.filename if isinstance(error, OSError) else None
    return f"{name}: {reason_of(error)}" if name else reason_of(error)


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it was made from, the outermost first; each once."""
    waiting, seen = [error], set[int]()
    while waiting:
        one = waiting.pop(0)
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        # requests hands urllib3's error on as an argument, and urllib3 its own as `reason`
        inner = (one.__cause__, one.__context__, getattr(one, "reason", None), *one.args)
        waiting += [each for each in inner if isinstance(each, BaseException)]
