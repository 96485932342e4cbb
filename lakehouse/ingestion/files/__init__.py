"""Files read strictly: every value as exact text, a malformed line kept whole, each content told from the others."""
