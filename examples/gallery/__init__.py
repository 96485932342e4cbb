"""Small things made with Greenhouse's own parts, to copy and change: each runs in CI on a small shop (`tests/line`)."""
