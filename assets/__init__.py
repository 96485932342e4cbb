"""The tables: one file a table, each a plain function, in the folder of its layer. Scheduling them belongs in `orchestration/`."""
