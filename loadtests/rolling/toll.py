"""What the talkers' memories say beside the log."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from loadtests.rolling.talker import Talker


class Toll(Struct, frozen=True, kw_only=True):
    """What a restart has cost; all but the first three and the last two have to be 0."""

    acked: int
    unanswered: int
    """Calls that were on their way when a connection ended, and were never done."""
    draining: int
    """Calls refused with SERVER_DRAINING."""
    refused: int
    """Calls refused with anything else."""
    lost_acks: int
    """In the log, but nobody told who said it."""
    lost: int
    """Told, but not in the log, or at another place."""
    missing: int
    doubled: int
    disordered: int
    """Events as the members heard them, beside 1, 2, 3, …"""
    gap_p99_ms: float
    longest_gap_ms: float


def toll(talkers: Sequence[Talker], logs: Mapping[str, Mapping[str, int]]) -> Toll:
    """Adds it up.

    Args:
        talkers: silent by now, each with everything heard.
        logs: by room, the seq of each message's client_id.
    """
    missing = doubled = disordered = lost_acks = lost = 0
    for talker in talkers:
        log = logs[talker.room_id]
        last = max(log.values(), default=talker.first_seq - 1)
        wanted = range(talker.first_seq, last + 1)
        missing += len(set(wanted) - set(talker.seqs))
        doubled += len(talker.seqs) - len(set(talker.seqs))
        disordered += sum(b < a for a, b in zip(talker.seqs, talker.seqs[1:], strict=False))
        lost_acks += len(talker.unanswered & log.keys())
        lost += sum(log.get(client_id) != seq for client_id, seq in talker.acked.items())
    gaps_s = sorted(gap for talker in talkers for gap in talker.gaps_s) or [0.0]
    return Toll(
        acked=sum(len(talker.acked) for talker in talkers),
        unanswered=sum(len(talker.unanswered) for talker in talkers),
        draining=sum(talker.draining for talker in talkers),
        refused=sum(len(talker.refused) for talker in talkers),
        lost_acks=lost_acks,
        lost=lost,
        missing=missing,
        doubled=doubled,
        disordered=disordered,
        gap_p99_ms=gaps_s[int(len(gaps_s) * 0.99) - (len(gaps_s) > 1)] * 1000,
        longest_gap_ms=gaps_s[-1] * 1000,
    )
