"""Every question, in the order in which `make bench` asks them."""

from loadtests import chat_durable

QUESTIONS = {q.name: q for q in (chat_durable.QUESTION,)}
