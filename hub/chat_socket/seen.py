"""Messages that one socket has been told of: their places, by id and back."""

from collections import OrderedDict, deque

REMEMBERED = 500
"""Of one room."""
MAX_IDS = 5_000
"""Of all rooms together."""


class Seen:
    """The last messages of each room that a socket hears."""

    def __init__(self) -> None:
        self._places: OrderedDict[str, tuple[str, int]] = OrderedDict()
        self._of_room: dict[str, deque[tuple[int, str]]] = {}

    def add(self, room_id: str, seq: int, message_id: str) -> None:
        """A message has been told of."""
        self._places[message_id] = (room_id, seq)
        if len(self._places) > MAX_IDS:
            self._places.popitem(last=False)
        self._of_room.setdefault(room_id, deque(maxlen=REMEMBERED)).append((seq, message_id))

    def place(self, message_id: str) -> tuple[str, int] | None:
        """Room and seq of a message."""
        return self._places.get(message_id)

    def last_until(self, room_id: str, seq: int) -> str | None:
        """The last message up to a seq; None when it is older than what is remembered."""
        for at, message_id in reversed(self._of_room.get(room_id, ())):
            if at <= seq:
                return message_id
        return None

    def forget(self, room_id: str) -> None:
        """The room is heard no more."""
        self._of_room.pop(room_id, None)
