"""Dagster: the graph, its partitions, jobs, schedules and sensors. The only package that imports Dagster; computes nothing itself."""

import warnings

from dagster import BetaWarning, PreviewWarning

# Pinned by the lock: what is beta in this version of Dagster is known, and nothing that a user of Greenhouse can act on.
warnings.filterwarnings("ignore", category=BetaWarning)
warnings.filterwarnings("ignore", category=PreviewWarning)
