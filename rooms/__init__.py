"""The rules of a room: pure values and functions.

Nothing here awaits, reads a clock, draws a random number or does I/O: `now_ms` and fresh ids are
arguments. Only the standard library and msgspec are imported.
"""
