"""What the operating system says when a file cannot be read or written, in words that are nobody's program's.

Python shows `[Errno 13] Permission denied: '/x'`; whoever is told knows the file already and asks what is the matter.
"""

import errno

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


def in_words(error: OSError) -> str:
    """The reason, without the file's name and without a number."""
    return _WORDS.get(error.errno or 0) or (error.strerror or "the operating system refuses it").lower()
