"""The fault harness: a whole hub of real processes, faults from a seed, people, checkers.

`python -m tests.faults` runs it (`make faults`); `tests/faults/test_gate.py` is its short form.
"""
