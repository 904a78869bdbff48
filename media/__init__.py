"""Audio: from an uploaded file to segments, and from segments to listeners."""
