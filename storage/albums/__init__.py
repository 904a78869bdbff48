"""Rows of albums and artists."""
