"""Music for an empty hub, composed and synthesised here: nothing to download, free to share."""

from media.demo.catalog import synthesise_demo

__all__ = ["synthesise_demo"]
