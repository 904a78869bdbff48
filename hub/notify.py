"""Tell whoever started this process that it is ready (sd_notify(3), without the library)."""

import contextlib
import os
import socket


def notify_ready() -> None:
    """Send READY=1 and our pid to the socket named by NOTIFY_SOCKET, if there is one.

    `veza up` and systemd (`Type=notify`) listen there.
    """
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    if address.startswith("@"):  # an abstract socket
        address = "\0" + address[1:]
    with (
        contextlib.suppress(OSError),  # nobody waits any more
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender,
    ):
        sender.sendto(f"READY=1\nMAINPID={os.getpid()}".encode(), address)
