"""One table for some days: which days, computed, judged, committed at once and proved; what that makes wrong elsewhere."""
