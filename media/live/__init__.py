"""Broadcasts: sound in, segments out, a recording at the end."""
