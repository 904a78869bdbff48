"""What an RTMP server sends when somebody publishes (nginx-rtmp: on_publish and the like)."""

from typing import Annotated, Literal

from msgspec import Meta, Struct


class Secret(Struct, frozen=True, kw_only=True):
    """Query of a callback; the header `X-Rtmp-Secret` does as well."""

    secret: Annotated[str, Meta(max_length=512)] | None = None


class RtmpPublish(Struct, frozen=True, kw_only=True):
    """The fields of the form that matter; what else there is, is ignored."""

    name: Annotated[str, Meta(max_length=512)]
    """The stream key."""
    clientid: Annotated[str, Meta(max_length=32)] = ""
    """The server's number of the connection."""
    call: Literal["publish", "update_publish", "update_play", "publish_done"] | None = None


class LiveCallback(Struct, frozen=True, kw_only=True):
    """That it was heard."""

    accepted: bool = True
