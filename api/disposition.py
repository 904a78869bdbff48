"""The name under which a browser keeps what it is sent (RFC 6266, RFC 8187)."""

import re
from urllib.parse import quote


def attachment(filename: str) -> str:
    """Content-Disposition of a file to be saved, with a name for old and for new readers."""
    plain = re.sub(r"[^A-Za-z0-9 ._-]", "_", filename)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
