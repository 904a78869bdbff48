"""The rows of api/routes.py that are about live broadcasts."""

from api.limits import CATALOG_WRITE, TRACK_LIST, TRACK_READ
from api.live import callbacks as live_callbacks
from api.live import live
from api.routing import Route
from api.schemas.live import LiveChanges, LiveKey, LiveQuery, LiveStream, NewLive
from api.schemas.live_callbacks import LiveCallback, RtmpPublish, Secret

STREAMS = "/api/v1/live/streams"
CALLBACK = "/api/v1/live/callback"
STREAM = "/api/v1/live/streams/{id}"

# fmt: off
LIVE_ROUTES: tuple[Route, ...] = (
    Route("GET", STREAMS, live.list_streams, "optional", TRACK_LIST,
          query=LiveQuery, answer=LiveStream, is_list=True),
    Route("GET", f"{STREAMS}/me", live.own_streams, "account",
          query=LiveQuery, answer=LiveStream, is_list=True),
    Route("GET", f"{STREAMS}/me/key", live.stream_key, "account", answer=LiveKey),
    Route("POST", f"{STREAMS}/me/key/regenerate", live.regenerate_key, "account", CATALOG_WRITE,
          answer=LiveKey),
    Route("POST", STREAMS, live.create_stream, "account", CATALOG_WRITE,
          body=NewLive, answer=LiveStream),
    Route("GET", STREAM, live.get_stream, "optional", TRACK_READ, answer=LiveStream),
    Route("PUT", STREAM, live.update_stream, "account", CATALOG_WRITE,
          body=LiveChanges, answer=LiveStream),
    Route("POST", f"{CALLBACK}/publish", live_callbacks.publish, "secret",
          query=Secret, urlencoded=RtmpPublish, answer=LiveCallback),
    Route("POST", f"{CALLBACK}/publish_done", live_callbacks.publish_done, "secret",
          query=Secret, urlencoded=RtmpPublish, answer=LiveCallback),
)
# fmt: on
