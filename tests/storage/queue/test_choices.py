"""What the hub plays by itself: the fallback playlist in its order, from where it was."""

from collections.abc import Sequence

from storage.backends import Pool
from storage.queue.choices import choose
from tests.people import new_playlist, new_track, new_user

LISTED = 4


async def chosen(pool: Pool, playlist: str, heard: Sequence[str]) -> str | None:
    async with pool.acquire() as connection:
        return await choose(connection, playlist, False, tuple(heard))


async def test_a_playlist_begins_with_its_first_whatever_its_tracks_age(pool: Pool) -> None:
    ada = await new_user(pool, "ada")
    tracks = [await new_track(pool, ada, f"Song {n}") for n in range(LISTED + 1)]
    *listed, before = tracks
    for order in (listed, listed[::-1], [listed[2], listed[0], listed[3], listed[1]]):
        playlist = await new_playlist(pool, ada.user_id, *order)
        heard = [before]
        for _ in range(LISTED):
            following = await chosen(pool, playlist, heard)
            assert following is not None
            heard.append(following)
        assert heard == [before, *order]
        assert await chosen(pool, playlist, heard) == order[0], "and round it goes"
        assert await chosen(pool, playlist, []) == order[0]
        assert await chosen(pool, playlist, [order[1]]) == order[2]
