"""What the operating system says is said in words."""

import errno

import pytest

from harness.core.system_words import in_words


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (PermissionError(errno.EACCES, "Permission denied", "/x"), "this user may not do that there"),
        (OSError(errno.ENOSPC, "No space left on device", "/x"), "the disk is full"),
        (OSError(errno.ETXTBSY, "Text file busy", "/x"), "text file busy"),
        (OSError("odd"), "the operating system refuses it"),
    ],
)
def test_neither_a_number_nor_the_file_is_repeated(error: OSError, words: str) -> None:
    """Whoever is told has both already."""
    assert in_words(error) == words
