"""The runtime that every service stands on: the loop, the broker clients, outcomes, dead letters, health, settings.

Start with ``loop.py``: the whole exactly-once guarantee between topics is there, on one screen. ``worker.py`` shows what
is wired around it. Nothing here knows what a letter is; nothing outside here knows what Kafka is.
"""
