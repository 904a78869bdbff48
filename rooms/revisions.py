"""Optimistic concurrency: a change may say which state it was meant for."""

from rooms.errors import Conflict


class RevMismatch(Conflict):
    """The state has moved on since the caller saw it; look again and ask again."""

    default_code = "REV_MISMATCH"


def check_rev(if_rev: int | None, rev: int) -> None:
    """Lets pass a change without condition, or one made for this very revision.

    Raises:
        RevMismatch: the caller saw another one.
    """
    if if_rev is not None and if_rev != rev:
        raise RevMismatch(f"This was meant for revision {if_rev}; it is {rev} by now.")
