"""What sockets that watch a place or a user are sent, each without those it does not see."""

from collections.abc import Iterable, Mapping

import msgspec

from hub import wire
from hub.door.sessions import Session
from hub.engine import EncodedEvent
from hub.fanout import hidden
from hub.presence.place import Place
from rooms.ids import room_stream
from rooms.presence import Diff, Present


def seen(users: Mapping[str, Present], session: Session) -> dict[str, Present]:
    """Those of them who are not hidden from a socket."""
    return {user: view for user, view in users.items() if user not in session.hidden}


def tell_watchers(watchers: Iterable[Session], stream: str, event: str, data: bytes) -> None:
    """Sends an event to those who do not hear it by the stream."""
    frame: EncodedEvent | None = None
    for session in watchers:
        if stream in session.streams:
            continue
        own = hidden.ephemeral(event, data, session.hidden) if session.hidden else data
        if own is data:
            frame = frame or _frame(stream, event, data)
            session.send(frame)
        elif own is not None:
            session.send(_frame(stream, event, own))


def tell_rehidden(session: Session, place_id: str, place: Place, changed: frozenset[str]) -> None:
    """Tells a socket which of these users come and go for it, its `hidden` being new."""
    there = {user: place.view[user] for user in changed if user in place.view}
    upserts = seen(there, session)
    leaves = tuple(sorted(there.keys() - upserts.keys()))
    if there:
        data = msgspec.json.encode(Diff(place.version, upserts, leaves))
        session.send(_frame(room_stream(place_id), "presence:diff", data))


def _frame(stream: str, event: str, data: bytes) -> EncodedEvent:
    body = b'{"stream":"%b","data":%b}' % (stream.encode(), data)
    return wire.ephemeral_frame(event, body, key=f"{stream} {event}")
