"""Sessions of nobody's socket: what is sent to them is written down."""

from hub.door.sessions import Session
from hub.engine.delivery import Delivery
from rooms.access import Principal
from rooms.feature import Actor
from tests.hub.engine.test_delivery import Ear
from tests.people import fresh_id


def session_of(actor: Actor, sign_in: str, delivery: Delivery) -> tuple[Session, Ear]:
    """A session of somebody's, and what its socket would get."""
    ear = Ear(delivery)
    principal = Principal(
        user_id=actor.user_id,
        session_id=sign_in,
        username=actor.username,
        display_name=actor.display_name,
    )
    session = Session(
        connection_id=fresh_id(),
        link=ear.link,
        principal=principal,
        device_id=None,
        kind="ear",
        connected_at_ms=0,
    )
    return session, ear
