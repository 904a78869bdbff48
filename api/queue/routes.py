"""The rows of api/routes.py that are about queues and co-listening."""

from api.limits import CATALOG_LIST, CATALOG_WRITE
from api.queue import co_listening, library
from api.queue import own as queues
from api.queue import shared as shared_queues
from api.routing import Route
from api.schemas.library_queue import LibraryQueue, Queued, Unqueued, UnqueuedQuery
from api.schemas.queues import (
    ListeningView,
    NewListening,
    NewQueueItem,
    NewSharedQueue,
    OwnQueueView,
    QueueChanges,
    RemovedVersion,
    ReplayQuery,
    SessionTimes,
    SharedQueueView,
)
from storage.rooms.replay import Replay

QUEUE = "/api/v1/queue"
SHARED = f"{QUEUE}/session"
PLAYQUEUE = "/api/playqueue"
SESSIONS = "/api/v1/co-listening/sessions"

# fmt: off
QUEUE_ROUTES: tuple[Route, ...] = (
    Route("GET", QUEUE, queues.get_queue, "account", CATALOG_LIST, answer=OwnQueueView),
    Route("PUT", QUEUE, queues.update_queue, "account", CATALOG_WRITE,
          body=QueueChanges, answer=OwnQueueView),
    Route("DELETE", QUEUE, queues.clear_queue, "account", CATALOG_WRITE, answer=OwnQueueView),
    Route("POST", f"{QUEUE}/items", queues.add_to_queue, "account", CATALOG_WRITE,
          body=NewQueueItem, answer=OwnQueueView),
    Route("DELETE", f"{QUEUE}/items/{{id}}", queues.remove_from_queue, "account", CATALOG_WRITE,
          query=RemovedVersion, answer=OwnQueueView),
    Route("GET", PLAYQUEUE, library.get_playqueue, "account", CATALOG_LIST,
          answer=LibraryQueue, bare=True),
    Route("POST", PLAYQUEUE, library.fill_playqueue, "account", CATALOG_WRITE,
          body=Queued, answer=LibraryQueue, bare=True),
    Route("DELETE", PLAYQUEUE, library.empty_playqueue, "account", CATALOG_WRITE,
          query=UnqueuedQuery, body=Unqueued, needs_body=False, answer=LibraryQueue, bare=True),
    Route("POST", SHARED, shared_queues.create_session, "account", CATALOG_WRITE,
          body=NewSharedQueue, needs_body=False, answer=SharedQueueView),
    Route("GET", f"{SHARED}/{{token}}", shared_queues.get_session, "optional", CATALOG_LIST,
          answer=SharedQueueView),
    Route("DELETE", f"{SHARED}/{{token}}", shared_queues.delete_session, "account", CATALOG_WRITE),
    Route("POST", f"{SHARED}/{{token}}/items", shared_queues.add_to_session, "account",
          CATALOG_WRITE, body=NewQueueItem, answer=SharedQueueView),
    Route("DELETE", f"{SHARED}/{{token}}/items/{{id}}", shared_queues.remove_from_session,
          "account", CATALOG_WRITE, query=RemovedVersion, answer=SharedQueueView),
    Route("POST", SESSIONS, co_listening.create_session, "account", CATALOG_WRITE,
          body=NewListening, answer=ListeningView),
    Route("GET", f"{SESSIONS}/{{id}}", co_listening.get_session, "account", CATALOG_LIST,
          answer=ListeningView),
    Route("GET", f"{SESSIONS}/{{id}}/replay", co_listening.replay_session, "account", CATALOG_LIST,
          query=ReplayQuery, answer=Replay),
    Route("PUT", f"{SESSIONS}/{{id}}", co_listening.set_times, "account", CATALOG_WRITE,
          body=SessionTimes, answer=ListeningView),
    Route("DELETE", f"{SESSIONS}/{{id}}", co_listening.end_session, "account", CATALOG_WRITE),
)
# fmt: on
