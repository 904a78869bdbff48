"""Ports: consecutive from the first, any when it is 0, and a taken one named with its owner."""

import os
import socket

import pytest

from hub.up.ports import PortTaken, choose_ports


def test_ports_follow_the_first() -> None:
    for first in range(20_000, 30_000, 2):  # below what the system gives out by itself
        try:
            ports = choose_ports("127.0.0.1", first, 2)
        except PortTaken:
            continue
        break
    assert ports == [first, first + 1]


def test_zero_means_any() -> None:
    ports = choose_ports("127.0.0.1", 0, 3)
    assert len(set(ports)) == 3
    assert min(ports) > 1_024


def test_a_taken_port_is_named_with_who_has_it() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortTaken) as refused:
            choose_ports("127.0.0.1", port, 1)
    assert f"port {port} on 127.0.0.1 is taken" in str(refused.value)
    assert f"pid {os.getpid()}" in str(refused.value)
