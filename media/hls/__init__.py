"""Segments and playlists: written, kept and handed out."""
