"""What the operating system says when a file or a server cannot be reached, in words that are nobody's program's.

Python shows `[Errno 13] Permission denied: '/x'`; whoever is told knows the file already and asks what is the matter.
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
}
_NETWORK = {
    errno.ECONNREFUSED: "nothing listens there (connection refused)",
    errno.ECONNRESET: "it closed the connection without an answer",
    errno.EPIPE: "it closed the connection without an answer",
    errno.EHOSTUNREACH: "there is no way to that host",
    errno.ENETUNREACH: "there is no network that leads there",
    errno.ETIMEDOUT: "no answer in time",
    errno.EADDRINUSE: "another program uses that port",
    errno.EADDRNOTAVAIL: "this machine has no such address",
}


def in_words(error: OSError) -> str:
    """The reason, without the file's name and without a number."""
    return _WORDS.get(error.errno or 0) or (error.strerror or "the operating system refuses it").lower()


def why_no_answer(error: BaseException) -> str:
    """Why a server gave no answer: the system's reason beneath what its client wraps it in, in words.

    A client library names its own classes and objects (`HTTPConnectionPool(host=...): Max retries exceeded ...`); what
    is the matter stands at the bottom of the chain, mostly as an OSError with a number.
    """
    chain = tuple(_chain(error))
    number = next((one.errno for one in chain if isinstance(one, OSError) and one.errno in _NETWORK), None)
    if number is not None:
        return _NETWORK[number]
    if any(isinstance(one, TimeoutError) or "Timeout" in type(one).__name__ for one in chain):
        return "no answer in time"
    if any("RemoteDisconnected" in type(one).__name__ or isinstance(one, ConnectionResetError) for one in chain):
        return "it closed the connection without an answer"
    said = str(chain[-1]) or str(error)
    return f"{type(chain[-1]).__name__}: {said}" if said else type(error).__name__


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
