"""The platform under every table: settings, engine, contracts, registry, reading, publishing, ledgers.

Nothing here knows Dagster, Great Expectations, MLflow or any one table.
"""
