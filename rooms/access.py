"""Who may do what outside a room's own roles: one authoriser for REST, media and sockets."""

from typing import Literal

from msgspec import Struct

from rooms.errors import Forbidden

PlatformRole = Literal["user", "content_creator", "moderator", "admin", "guest"]


class Principal(Struct, frozen=True):
    """The verified caller of one request or the owner of one socket."""

    user_id: str
    session_id: str
    username: str
    display_name: str
    role: PlatformRole = "user"
    room_id: str | None = None
    """Set for guests: the only room they may enter."""
    expires_at_ms: int = 0
    """When the access token stops being valid, Unix ms."""

    @property
    def is_guest(self) -> bool:
        """True for someone who came in by an invitation without an account."""
        return self.role == "guest"


def may_hear(is_public: bool, creator_id: str | None, principal: Principal | None) -> bool:
    """True when the caller may hear a track: it is public, his own, or he is an administrator."""
    if is_public:
        return True
    return principal is not None and (principal.user_id == creator_id or principal.role == "admin")


def may_edit(creator_id: str | None, principal: Principal | None) -> bool:
    """True for the owner of a record (spec C13: owner only; deletion also by an administrator)."""
    return principal is not None and not principal.is_guest and principal.user_id == creator_id


def may_delete(creator_id: str | None, principal: Principal | None) -> bool:
    """True for the owner of a record and for administrators."""
    return may_edit(creator_id, principal) or (principal is not None and principal.role == "admin")


def refuse_guest(principal: Principal, what: str) -> None:
    """Guests live in one room; everything that outlives it needs an account.

    Raises:
        Forbidden: when `principal` is a guest; `what` completes the sentence.
    """
    if principal.is_guest:
        raise Forbidden(f"Guests cannot {what}. Create an account to do that.")
