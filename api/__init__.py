"""The REST door: one page of routes, a module a section, and the tokens that both doors accept.

Handlers read a request into a checked struct, ask the stores, and answer with the envelope. They
know nothing of sockets, and nothing of how audio is cut.
"""
