"""The commands. Each imports what it needs when it runs, so that a quick command stays quick; the work itself stands elsewhere."""
