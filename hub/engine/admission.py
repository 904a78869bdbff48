"""Letting a client in: CONNECT, what it is sent first, what came meanwhile, and then live."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from hub.engine import encoded
from hub.engine.encoded import EncodedEvent
from hub.engine.handlers import Accept
from hub.engine.link import Link

if TYPE_CHECKING:
    from hub.engine.engine import Engine
    from hub.engine.session import Session


def admit(engine: "Engine", session: "Session", link: Link, outcome: Accept) -> None:
    """Sends CONNECT and the replay; the link goes live at once, or when a long replay is out.

    Meanwhile what comes for the link is held, up to the bound on unsent bytes.
    """
    if outcome.sid is not None:
        link.sid = outcome.sid
    if engine.recovery:
        link.pid = outcome.pid or engine.new_id()
    link.resume = None
    engine.delivery.flush()  # what is due so far is held, and follows CONNECT
    welcome = encoded.connected(link.namespace, link.sid, link.pid)
    replay = outcome.replay
    if len(replay) <= 1 and (writer := session.fast_writer) is not None:
        # One write of both instead of two: 10 us of a connect's 280.
        writer.write(b"".join([event.frame for event in (welcome, *replay)]))
        _go_live(engine, session, link)
        return
    session.take(welcome)
    rest = iter(replay)
    if _take_some(session, rest):
        _go_live(engine, session, link)
    else:
        engine.spawn(_replay(engine, session, link, rest))


async def _replay(
    engine: "Engine", session: "Session", link: Link, rest: Iterator[EncodedEvent]
) -> None:
    """Sends a long replay as fast as the client takes it."""
    while await link.drained():
        if _take_some(session, rest):
            _go_live(engine, session, link)
            return


def _take_some(session: "Session", rest: Iterator[EncodedEvent]) -> bool:
    """Sends until the client is behind; True when that was all."""
    for event in rest:
        session.take(event)
        if session.unsent_bytes > session.limits.congested_bytes:
            return False
    return True


def _go_live(engine: "Engine", session: "Session", link: Link) -> None:
    engine.delivery.flush()
    held, link.held = link.held or [], None
    for event in held:
        session.take(event)
    if not link.closed:
        engine.delivery.set_writer(link, session.fast_writer)
