"""The tables that say which models there are. Training them belongs in `models/`."""
