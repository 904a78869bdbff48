"""Rows of accounts and their sign-ins."""
