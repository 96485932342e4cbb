"""The Spark engine: a session on it (`session`), the local server's life (`server`), and what dead clients left (`orphans`).

Nothing here knows tables.
"""
