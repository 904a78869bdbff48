"""The ports of web nodes: checked before anything is started, so that the message is a good one."""

import contextlib
import socket

import psutil

from storage.embedded import free_port


class PortTaken(RuntimeError):
    """Somebody listens there already."""

    def __init__(self, host: str, port: int) -> None:
        super().__init__(
            f"port {port} on {host} is taken{_by_whom(port)}; choose another with --port (PORT=…)"
        )
        self.port = port


def choose_ports(host: str, first: int, count: int) -> list[int]:
    """`first`, `first + 1`, …; or free ones when `first` is 0.

    Raises:
        PortTaken: one of them is in use, and by whom where that can be seen.
    """
    if first == 0:
        return [free_port() for _ in range(count)]
    ports = list(range(first, first + count))
    for port in ports:
        if not _is_free(host, port):
            raise PortTaken(host, port)
    return ports


def _is_free(host: str, port: int) -> bool:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As servers do: a port whose last connections only linger (TIME_WAIT) is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def _by_whom(port: int) -> str:
    with contextlib.suppress(psutil.Error, OSError):
        for connection in psutil.net_connections("tcp"):
            listens = connection.status == psutil.CONN_LISTEN and connection.laddr.port == port
            if listens and connection.pid is not None:
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    return ""
