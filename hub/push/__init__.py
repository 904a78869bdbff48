"""Web Push: telling browsers of people who are away."""

from hub.push.pusher import Push, Pusher, open_pusher

__all__ = ["Push", "Pusher", "open_pusher"]
