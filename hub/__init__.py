"""Transport and wiring: processes, sockets, fan-out, settings. Nothing imports the hub."""
