"""Tables as they stand: where, at which version, how they are read, what is written down beside them. Writing them belongs in `publishing/`."""
