"""Group commit: the only door to the ordered logs. PostgreSQL is the commit point."""

from storage.commit.committer import Committer, open_committer
from storage.commit.rows import RowStore
from storage.commit.submission import Append, Committed, StreamEvents, Submission

__all__ = [
    "Append",
    "Committed",
    "Committer",
    "RowStore",
    "StreamEvents",
    "Submission",
    "open_committer",
]
