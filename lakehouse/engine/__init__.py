"""The Spark engine: a session on it (`session`), the local server's life (`server`), dead clients' work (`orphans`).

Nothing here knows tables.
"""
