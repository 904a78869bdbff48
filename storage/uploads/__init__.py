"""Rows of what comes in, and of what is made of it."""
