"""Who may do what outside a room's own roles: one authoriser for REST, media and sockets."""

from typing import Literal

from msgspec import Struct

from rooms.errors import Forbidden

PlatformRole = Literal["user", "content_creator", "moderator", "admin", "guest"]
Permission = Literal["read", "write", "admin"]
"""What a collaborator may do with a playlist: hear it, change its tracks, manage its people."""
ArtistRole = Literal["owner", "editor", "viewer"]
"""What an artist's person may do with an album: all, its fields and tracks, nothing."""


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
    """True when the caller may always hear a track: public, his own, or he is an administrator.

    What is played to him in a room for the time being, `storage.tracks.hearing` knows.
    """
    if is_public:
        return True
    return principal is not None and (principal.user_id == creator_id or principal.role == "admin")


def may_put_on(is_public: bool, creator_id: str | None, user_id: str) -> bool:
    """True when the user may play a track to a room: nobody but its owner a private one."""
    return is_public or user_id == creator_id


def may_download(
    is_downloadable: bool, creator_id: str | None, principal: Principal | None
) -> bool:
    """True when who may hear a track may also have its file: by its owner's leave, or his own."""
    return is_downloadable or may_delete(creator_id, principal)


def may_edit(creator_id: str | None, principal: Principal | None) -> bool:
    """True for the owner of a record (spec C13: owner only; deletion also by an administrator)."""
    return principal is not None and not principal.is_guest and principal.user_id == creator_id


def may_delete(creator_id: str | None, principal: Principal | None) -> bool:
    """True for the owner of a record and for administrators."""
    return may_edit(creator_id, principal) or (principal is not None and principal.role == "admin")


def may_see_playlist(
    is_public: bool, owner_id: str | None, permission: Permission | None, principal: Principal
) -> bool:
    """True for a public playlist, its owner, its collaborators and administrators."""
    return may_hear(is_public, owner_id, principal) or permission is not None


def may_fill_playlist(
    owner_id: str | None, permission: Permission | None, principal: Principal
) -> bool:
    """True for who may add, remove and reorder tracks: the owner, and who has write or admin."""
    return may_edit(owner_id, principal) or permission in ("write", "admin")


def may_run_playlist(
    owner_id: str | None, permission: Permission | None, principal: Principal
) -> bool:
    """True for who may choose collaborators and share: the owner, and who has admin."""
    return may_edit(owner_id, principal) or permission == "admin"


def may_edit_album(creator_id: str | None, role: ArtistRole | None, principal: Principal) -> bool:
    """True for who may change an album's fields and tracks: its creator, owners and editors."""
    return may_edit(creator_id, principal) or role in ("owner", "editor")


def may_own_album(creator_id: str | None, role: ArtistRole | None, principal: Principal) -> bool:
    """True for who may change whose an album is, and delete it: its creator and its owners."""
    return may_edit(creator_id, principal) or role == "owner"


def refuse_guest(principal: Principal, what: str) -> None:
    """Guests live in one room; everything that outlives it needs an account.

    Raises:
        Forbidden: when `principal` is a guest; `what` completes the sentence.
    """
    if principal.is_guest:
        raise Forbidden(f"Guests cannot {what}. Create an account to do that.")
