"""What the hub plays by itself when a queue runs out."""

from storage.commit.rows import Connection

# The next of the playlist behind the one heard last, going round; what was heard lately comes last.
_OF_PLAYLIST = """
WITH heard AS (SELECT id, n FROM unnest($2::uuid[]) WITH ORDINALITY AS h (id, n)),
ready AS (
    SELECT t.id, p.position, h.n
    FROM playlist_tracks p
    JOIN playlists l ON l.id = p.playlist_id AND l.deleted_at IS NULL
    JOIN tracks t ON t.id = p.track_id
    LEFT JOIN heard h ON h.id = t.id
    WHERE p.playlist_id = $1 AND t.is_public AND t.deleted_at IS NULL
        AND t.stream_status = 'ready' AND t.duration_ms > 0
)
SELECT r.id::text FROM ready r
ORDER BY r.n NULLS FIRST,
         r.position < coalesce(
             (SELECT position FROM ready WHERE n IS NOT NULL ORDER BY n DESC LIMIT 1), 0),
         r.position, r.id
LIMIT 1
"""

# Of the same artist or genre, or with tags in common with the last track; the more of it the
# better, and popular ones first among equals. Candidates come by index, 200 of each way at most.
_LIKE = """
WITH seed AS (
    SELECT id, folded(coalesce(artist, '')) AS artist, genre, coalesce(tags, '{}') AS tags
    FROM tracks WHERE id = $1
),
near AS (
    (SELECT t.id FROM tracks t, seed s
     WHERE s.artist <> '' AND folded(t.artist) = s.artist LIMIT 200)
    UNION
    (SELECT t.id FROM tracks t, seed s WHERE t.genre = s.genre
     ORDER BY t.popularity_score DESC LIMIT 200)
    UNION
    (SELECT t.id FROM tracks t, seed s WHERE t.tags && s.tags LIMIT 200)
)
SELECT t.id::text FROM near JOIN tracks t USING (id), seed s
WHERE t.id <> s.id AND t.id <> ALL($2::uuid[]) AND t.is_public AND t.deleted_at IS NULL
    AND t.stream_status = 'ready' AND t.duration_ms > 0
ORDER BY coalesce((folded(t.artist) = s.artist)::int, 0)
         + coalesce((t.genre = s.genre)::int, 0) * 2
         + (SELECT count(*) FROM unnest(t.tags) AS tag WHERE tag = ANY(s.tags)) DESC,
         t.popularity_score DESC, t.id
LIMIT 1
"""


async def choose(
    connection: Connection, playlist_id: str | None, like: bool, heard: tuple[str, ...]
) -> str | None:
    """The id of a public track that can be heard now, or None.

    Args:
        connection: the batch's own.
        playlist_id: plays on behind the track of it that was heard last, and goes round.
        like: also look for tracks like the last of `heard`, if the playlist has none.
        heard: what was heard lately, the last one last. A playlist repeats it only when there is
            nothing else; likeness never does.
    """
    chosen: str | None = None
    if playlist_id is not None:
        chosen = await connection.fetchval(_OF_PLAYLIST, playlist_id, heard)
    if chosen is None and like and heard:
        chosen = await connection.fetchval(_LIKE, heard[-1], heard)
    return chosen
