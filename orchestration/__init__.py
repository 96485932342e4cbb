"""Dagster: the graph, its partitions, jobs, schedules and sensors. The only package that imports Dagster; computes nothing itself."""
