"""The shop as its `source.yaml` describes it, and all that is wrong with that file. Reading what it delivers belongs in `ingestion/`."""
