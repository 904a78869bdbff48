"""Clients that have to think: what they see is checked as a person's program would see it.

Each is a program, `python -m loadtests.clients.NAME`, that prints its figures as JSON. For loads
that only have to be fast there is `generator/`.
"""
