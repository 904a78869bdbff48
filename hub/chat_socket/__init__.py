"""The older chat's door: JSON over a plain WebSocket, an adapter on the same calls and events.

`door` lets people in, `commands` reads what they say, `talker` makes the hub's calls of it, `words`
says the hub's events in the older form. What every plain socket does is in `hub/plain_socket`.
There is no second rule in here: every command goes through `hub/dispatch`, every event comes from
`hub/fanout`.
"""
