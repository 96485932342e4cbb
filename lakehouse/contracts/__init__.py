"""What a table promises: read from ODCS, as Spark's types, and what may change. Judging rows by it belongs in `expectations/`."""
