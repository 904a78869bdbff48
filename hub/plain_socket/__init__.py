"""Plain WebSockets that carry JSON objects: what the older clients' doors share.

Each of those clients is an adapter on the hub's own calls and events. A door (`hub/chat_socket`,
`hub/co_listening`) reads who comes and says what its client's words mean; here is the rest, in the
order in which a message passes it: `upgrade` opens the socket, `serving` runs it until it ends,
`calls` asks the hub, `wire` is the link on which the hub answers, `frames` is the form of what is
said, `outbox` keeps what waits for a slow reader within bounds.
"""
