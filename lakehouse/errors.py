"""What can go wrong, by meaning. Errors of one package's inner working stay in that package."""

from collections.abc import Sequence
from typing import Any

MOST_TOLD = 10
ENGINE = "pyspark."
LOST = "<_"  # gRPC's own words, where the server gave none


class GreenhouseError(Exception):
    """One sentence a person can act on; the command line prints it and exits with 1.

    `message` names what is wrong and the way out; it never holds a secret or personal data.
    """

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message


class Interrupted(BaseException):
    """Somebody asked the process to end. No error, so that nobody who tells errors takes it for one; `said` is what stands by now."""

    def __init__(self, said: str = "nothing is half written; run it again") -> None:
        super().__init__(said)
        self.said = said


class SettingsError(GreenhouseError):
    """A setting (an environment variable) has a value that cannot be used."""


class EngineError(GreenhouseError):
    """The Spark engine cannot be started, reached, or stopped."""


class ContractError(GreenhouseError):
    """A contract file is wrong, or data do not have the columns and types their contract promises."""


class RegistryError(GreenhouseError):
    """A table is declared twice, unknown, or reads something that does not exist."""


class SourceError(GreenhouseError):
    """The shop's source file is wrong, or names an input that is not there."""


class LandingError(GreenhouseError):
    """A delivered file cannot be landed."""


class PullError(LandingError):
    """A database or a broker cannot be read as the source file says."""


class LakeError(GreenhouseError):
    """A table cannot be read from the lake: it, or the version asked for, does not exist."""


class PublishError(GreenhouseError):
    """A publication was refused or undone; the published version stands as it was."""


class AuditFailed(PublishError):
    """New data broke an `error` check of their contract and were not published; `report` says which days and checks."""

    def __init__(self, message: str, table: str, report: Any) -> None:
        super().__init__(message)
        self.table = table
        self.report = report


class RunFailed(GreenhouseError):
    """A run of several tables ended with a failure; the message holds each failed table's own sentence, `rest` what nobody was told yet."""

    def __init__(self, message: str, rest: str) -> None:
        super().__init__(message)
        self.rest = rest


class LedgerError(GreenhouseError):
    """Rows do not fit the ledger they were to be appended to."""


class FeatureError(GreenhouseError):
    """Features cannot be joined or judged as asked: a column is missing, or of another type."""


def together(sentences: Sequence[str]) -> str:
    """Several sentences as one message, a line each; of many the first, and how many more there are."""
    more = [f"and {len(sentences) - MOST_TOLD} more"] if len(sentences) > MOST_TOLD else []
    return "\n".join([*sentences[:MOST_TOLD], *more])


def engine_said(error: BaseException) -> str | None:
    """The first line of an error of the engine, None where it is another's. What follows that line is a plan, for nobody to read."""
    if not type(error).__module__.startswith(ENGINE):
        return None
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    if first.startswith(LOST):
        return "the engine ended while it worked, or cannot be reached; run it again, which starts it anew"
    return first
