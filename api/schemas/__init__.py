"""What requests and answers look like: one struct each, checked on the way in (api/bodies.py)."""
