"""Rows of notices and notifications."""
