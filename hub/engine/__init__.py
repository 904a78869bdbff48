"""The delivery engine: Socket.IO for many sockets, at the speed of the kernel's `write`.

The hub gives it handlers per namespace, and gets links to talk to:

    handlers = Handlers(on_connect, on_event, on_disconnect)
    async with Engine(namespaces={"/": handlers}, origins=["https://music.example"]) as engine:
        app.router.add_route("*", "/socket.io/", engine.handle_http)      # long-polling
        server = await listen(engine, runner.server, host, port)          # the port's front door

    def on_connect(link, auth):                 # or async
        return Accept(replay=[hello])           # or Refuse(error.as_dict())

    def on_event(link, name, args, ack_id):     # in the order sent; an awaitable runs as a task
        engine.join(link, "room:1")
        engine.broadcast("room:1", event("message:created", {"text": "hi"}, offset="1042"))
        link.ack(ack_id, {"ok": True})

    def on_disconnect(link, reason): ...        # exactly once for each accepted link

`link.send`, `link.ack`, `link.close` and `engine.broadcast` never wait: what is sent in one tick of
the loop leaves at its end, in one write per member, in the order of calls on every transport.
An event that the bus brings as JSON is wrapped, not parsed: `event_from_json(name, body)`.

From the outside in: `door` takes the port's connections and gives aiohttp what is not a WebSocket
of ours; `handshake` and `frames` are RFC 6455, pure; `websocket` puts them on a transport;
`session` is one Engine.IO session on WebSocket (`probe` while it changes over) or long-polling
(`polling`); `packets` reads Socket.IO, pure; `peer` is Socket.IO over a session; `link` is one
namespace of it; `delivery` holds the rooms and writes; `encoded` is a packet ready for every
transport.
"""

from hub.engine.door import listen
from hub.engine.encoded import EncodedEvent, ack_from_json, event, event_from_json
from hub.engine.engine import JSON_PATH, MSGPACK_PATH, Engine
from hub.engine.handlers import Accept, Handlers, Refuse
from hub.engine.limits import Limits
from hub.engine.link import Link, Resume

__all__ = [
    "JSON_PATH",
    "MSGPACK_PATH",
    "Accept",
    "EncodedEvent",
    "Engine",
    "Handlers",
    "Limits",
    "Link",
    "Refuse",
    "Resume",
    "ack_from_json",
    "event",
    "event_from_json",
    "listen",
]
