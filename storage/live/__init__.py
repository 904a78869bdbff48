"""Rows of broadcasts."""
