"""What nodes say to each other on the bus and no socket sees, and who is told of a commit."""

from collections.abc import Callable, Mapping, Sequence

from storage.bus import Ephemeral
from storage.commit import StreamEvents

TellCommits = Callable[[Sequence[StreamEvents]], None]


def own_hints(hearers: Mapping[str, Callable[[Ephemeral], None]]) -> Callable[[Ephemeral], bool]:
    """Hands each ephemeral hint of these events to its hearer; True when there is one."""

    def hear(hint: Ephemeral) -> bool:
        own = hearers.get(hint.event)
        if own is None:
            return False
        own(hint)
        return True

    return hear


def told_of_commits(*hearers: TellCommits) -> TellCommits:
    """Tells all of these, in this order, of each commit of this node."""

    def tell(commits: Sequence[StreamEvents]) -> None:
        for hear in hearers:
            hear(commits)

    return tell
