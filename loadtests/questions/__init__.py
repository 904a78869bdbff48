"""One question a file; here all of them, in the order in which `make bench` asks them."""

from loadtests.questions import (
    auditorium,
    catalog_crud,
    chat_durable,
    clock_rtt,
    fanout,
    idle_memory,
    join_storm,
    live_listeners,
    queue_contention,
    rest_detail,
    rolling_restart,
    slow_readers,
    small_rooms,
)

_ALL = (
    chat_durable.QUESTION,
    fanout.QUESTION,
    idle_memory.QUESTION,
    join_storm.QUESTION,
    clock_rtt.QUESTION,
    rest_detail.QUESTION,
    catalog_crud.QUESTION,
    queue_contention.QUESTION,
    auditorium.QUESTION,
    live_listeners.QUESTION,
    rolling_restart.QUESTION,
    slow_readers.QUESTION,
    small_rooms.QUESTION,
)

QUESTIONS = {question.name: question for question in _ALL}
