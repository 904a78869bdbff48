"""The rows of api/routes.py that are about presence."""

from api.limits import PRESENCE_READ, PRESENCE_WRITE
from api.presence import presence
from api.routing import Route
from api.schemas.presence import OwnPresence, PresenceChanges, PresenceOf

# fmt: off
PRESENCE_ROUTES: tuple[Route, ...] = (
    Route("PUT", "/api/v1/users/me/presence", presence.set_presence, "session", PRESENCE_WRITE,
          body=PresenceChanges, answer=OwnPresence),
    Route("GET", "/api/v1/users/{id}/presence", presence.get_presence, "session", PRESENCE_READ,
          answer=PresenceOf),
)
# fmt: on
