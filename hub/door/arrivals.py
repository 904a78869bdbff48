"""Who comes in: tokens checked at once, sign-ins asked for together, however many come."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from api.auth.principals import Authenticator, principal_now
from api.claims import Claims
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
    hidden: frozenset[str]
    """Whom blocks hide from him."""


class Arrivals:
    """Checks those who connect. Its owner runs `run`; a connect costs no task of its own.

    Nothing is kept: each connect is answered from what PostgreSQL says after it came.
    """

    def __init__(self, authenticator: Authenticator, pool: Pool) -> None:
        self._authenticator = authenticator
        self._pool = pool
        self._batched: Batched[str | Claims, Guest] = Batched(self._answer)

    def check(self, token: str, settle: Settle[Guest]) -> None:
        """Has a token and its sign-in checked with those of all who come just now.

        Raises:
            Unavailable: too many wait.
        """
        self._batched.ask(token, settle)

    def expect(self, claims: Claims, settle: Settle[Guest]) -> None:
        """The same for claims that have been read by somebody else's key (chat tokens)."""
        self._batched.ask(claims, settle)

    async def run(self) -> None:
        """Answers for ever."""
        await self._batched.run()

    async def _answer(self, asked: Sequence[str | Claims]) -> list[Guest | HubError]:
        # All tokens in a row: 12 us each instead of 30 between other work, which leaves the
        # processor's caches cold.
        read = [self._read(one) if isinstance(one, str) else one for one in asked]
        sign_ins = {claims.sid for claims in read if isinstance(claims, Claims)}
        known = await arrivals(self._pool, list(sign_ins)) if sign_ins else {}
        return [_guest(claims, known) for claims in read]

    def _read(self, token: str) -> Claims | HubError:
        try:
            return self._authenticator.read(token)
        except HubError as error:
            return error


def _guest(claims: Claims | HubError, known: Mapping[str, Arrival]) -> Guest | HubError:
    if isinstance(claims, HubError):
        return claims
    arrival = known.get(claims.sid)
    try:
        principal = principal_now(claims, arrival.standing if arrival else None)
    except HubError as error:
        return error
    assert arrival is not None
    return Guest(principal, arrival.chosen, arrival.hidden)
