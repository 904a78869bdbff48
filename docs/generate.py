"""Writes the documents that are made from the code, such as docs/protocol.md: `make docs`."""

import json
from pathlib import Path
from typing import Any

from docs.metrics_table import metrics_page
from hub import protocol

FOLDER = Path(__file__).parent
HAND_WRITTEN = FOLDER / "protocol.head.md"


def main() -> None:
    """Writes all of them."""
    for name, text in documents().items():
        (FOLDER / name).write_text(text)


def documents() -> dict[str, str]:
    """Text of each generated document, by file name."""
    return {
        "protocol.md": _protocol(),
        "metrics.md": metrics_page(),
        "asyncapi.json": json.dumps(protocol.asyncapi(), indent=1, ensure_ascii=False) + "\n",
    }


def _protocol() -> str:
    schemas = protocol.schemas()
    parts = [HAND_WRITTEN.read_text().rstrip(), "", "## Calls", ""]
    parts += [
        "Limits are token buckets per user. *Durable* calls go through the room's log: `ok` means",
        "that they are on disk, and the same `op_id` has the same answer on every node.",
        "",
        "| call | what it does | payload | limit | durable |",
        "|---|---|---|---|---|",
    ]
    for call in protocol.calls():
        fields = _fields(schemas[call.payload.__name__])
        parts.append(
            f"| `{call.name}` | {call.summary} | {fields} | {call.limit} |"
            f" {'yes' if call.durable else ''} |"
        )
    parts += ["", "## Events", "", "| event | stream | what it says | data | durable |"]
    parts.append("|---|---|---|---|---|")
    for event in protocol.events():
        fields = _fields(schemas[event.data.__name__]) if event.data else ""
        parts.append(
            f"| `{event.name}` | {event.stream} | {event.summary} | {fields} |"
            f" {'yes' if event.durable else ''} |"
        )
    return "\n".join(parts) + "\n"


def _fields(schema: dict[str, Any]) -> str:
    required = set(schema.get("required", ()))
    names = [
        f"`{name}`" if name in required else f"`{name}?`" for name in schema.get("properties", {})
    ]
    return ", ".join(names)


if __name__ == "__main__":
    main()
