"""What can go wrong with models. Errors of tables and the engine belong in `lakehouse.errors`."""

from lakehouse.errors import GreenhouseError


class ModelError(GreenhouseError):
    """A model cannot be trained, registered, found or trusted."""
