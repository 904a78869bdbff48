"""Fan-out: the events of streams, to the sockets of this node that follow them."""
