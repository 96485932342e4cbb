"""The model of a purchase: its spec, candidates, training, judging, registering and scoring.

Tables stand in `assets/`, features in `features/`, drift in `monitoring/`. MLflow is imported in `models.registry` only.
"""
