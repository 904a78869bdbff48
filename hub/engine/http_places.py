"""Connections that went on to HTTP: so many of one address at a time, idle ones included."""

import asyncio


class HttpPlaces:
    """Counts them by address.

    Args:
        most: of one address; None lifts the limit.
    """

    def __init__(self, most: int | None) -> None:
        self._most = most
        self._held: dict[str, int] = {}

    def take(self, address: str) -> bool:
        """Takes a place; False when the address has all of its own."""
        held = self._held.get(address, 0)
        if self._most is not None and held >= self._most:
            return False
        self._held[address] = held + 1
        return True

    def give_back(self, address: str) -> None:
        """One of the address's connections is gone."""
        held = self._held.get(address, 0) - 1
        if held > 0:
            self._held[address] = held
        else:
            self._held.pop(address, None)

    def held(self, address: str) -> int:
        """How many connections of an address are open."""
        return self._held.get(address, 0)


class Placed(asyncio.Protocol):
    """Stands before the protocol of a connection that holds a place, and gives it back at its end.

    Args:
        protocol: what the connection is about.
        places: where it holds a place.
        address: whose place.
    """

    __slots__ = ("_address", "_places", "_protocol")

    def __init__(self, protocol: asyncio.Protocol, places: HttpPlaces, address: str) -> None:
        self._protocol = protocol
        self._places = places
        self._address = address

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._protocol.connection_made(transport)

    def data_received(self, data: bytes) -> None:
        self._protocol.data_received(data)

    def eof_received(self) -> bool | None:
        return self._protocol.eof_received()

    def pause_writing(self) -> None:
        self._protocol.pause_writing()

    def resume_writing(self) -> None:
        self._protocol.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self._places.give_back(self._address)
        self._protocol.connection_lost(exc)
