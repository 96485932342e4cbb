"""Names of the product's own."""

RESCUED, MALFORMED = "_rescued", "malformed_line"
