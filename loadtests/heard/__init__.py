"""What several browsers in one room sound like, recorded at their sound cards and compared.

`python -m loadtests.heard`; how it measures and what it cannot see: loadtests/README.md.
"""
