"""New files and what was pulled, as rows with file and number; which of several versions of a file is right."""
