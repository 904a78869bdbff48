"""Who comes in: tokens checked at once, sign-ins asked for together, however many come."""

from collections.abc import Sequence

from msgspec import Struct

from api.auth.principals import Authenticator, principal_now
from api.tokens import Claims
from rooms.access import Principal
from rooms.errors import HubError
from rooms.presence import Chosen
from storage.accounts.arrivals import Arrival, arrivals
from storage.backends import Pool
from storage.batched import Batched, Settle


class Guest(Struct, frozen=True):
    """Somebody who may come in."""

    principal: Principal
    chosen: Chosen
    """What he shows of himself."""


class Arrivals:
    """Checks those who connect. Its owner runs `run`; a connect costs no task of its own.

    Nothing is kept: each connect is answered from what PostgreSQL says after it came.
    """

    def __init__(self, authenticator: Authenticator, pool: Pool) -> None:
        self._authenticator = authenticator
        self._pool = pool
        self._batched: Batched[Claims, Guest] = Batched(self._answer)

    def check(self, token: str, settle: Settle[Guest]) -> None:
        """Reads the token now, and has its sign-in checked with those of all who come just now.

        Raises:
            Unauthenticated: the token is none of ours, or has expired.
            Unavailable: too many wait.
        """
        self._batched.ask(self._authenticator.read(token), settle)

    async def run(self) -> None:
        """Answers for ever."""
        await self._batched.run()

    async def _answer(self, asked: Sequence[Claims]) -> list[Guest | HubError]:
        known = await arrivals(self._pool, list({claims.sid for claims in asked}))
        return [_guest(claims, known.get(claims.sid)) for claims in asked]


def _guest(claims: Claims, arrival: Arrival | None) -> Guest | HubError:
    try:
        principal = principal_now(claims, arrival.standing if arrival else None)
    except HubError as error:
        return error
    assert arrival is not None
    return Guest(principal, arrival.chosen)
