"""The upload job: from an original to a track that can be played."""
