"""Broadcasts that come in by RTMP: an RTMP server takes them, the hub pulls them from there."""
