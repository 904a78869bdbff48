"""The Procfile's processes, one a module, so that each loads only what it needs.

A stopping process first says so (/readyz answers 503), gives what is under way DRAIN_S seconds, and
closes everything in reverse order.
"""
