"""Rows of queues."""
