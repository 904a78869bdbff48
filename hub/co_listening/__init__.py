"""The older players' way to listen together: `GET /api/v1/co-listening/ws`, a plain WebSocket.

Seconds and short words in place of the hub's protocol; the rules are the hub's own.
"""
