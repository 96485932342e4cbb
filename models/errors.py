"""What can go wrong with models. Errors of tables and the engine belong in `lakehouse.errors`."""

from lakehouse.errors import GreenhouseError


class ModelError(GreenhouseError):
    """A model cannot be trained, registered, found or trusted."""


class NothingToLearn(ModelError):
    """There is too little, or nothing allowed, to train from: no fault in a shop that has no model yet."""
