"""Connection state recovery: a stock client that drops comes back as if nothing had happened.

A stock client remembers two words: the `pid` of its CONNECT, and the `offset` of the last durable
event it has seen. It brings both when it connects again, to whatever node, and is sent exactly what
it has missed in each of the streams it followed.

The offset is one text for all members of a room, so that a packet is still encoded once; yet it
says where each member is in every stream he follows. It has two parts. A snapshot of PostgreSQL:
every stream that is not named stands, for whoever follows it here, where it stood in that snapshot.
And the streams that do not: the event's own, and those that members of this room follow as well and
that have moved since. A node takes a new snapshot each second, with the heads that it compares
anyway (`stamps`). The log keeps the transaction of each event, so any node can say later what a
snapshot held (`storage/recoveries.py`). Nothing is written per event, and the node may be dead.

What a socket follows is one row, written before the ack of `stream:subscribe` (`ledger`). `resume`
takes a client back; `offset` is the text, pure.
"""
