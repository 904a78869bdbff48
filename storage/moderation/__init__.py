"""Rows of order among people: measures, reports, blocks."""
