"""How large the shop is, how its shoppers behave on average, and what happens to it. What one shopper does belongs in `shopping`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

# kind: (days it lasts unless said, None for good; share of lines or strength unless said)
KINDS: dict[str, tuple[int | None, float]] = {
    "season_change": (None, 2.2),
    "new_products": (None, 4.0),
    "price_shock": (None, 1.6),
    "tracking_outage": (3, 1.0),
    "duplicates": (1, 0.02),
    "late_events": (1, 0.05),
    "bad_rows": (1, 0.02),
}


@dataclass(frozen=True)
class Injection:
    """One thing that happens to the shop from `start` on, for `days` days (None: for good).

    `size` is, by kind: season_change how many times as many visits; new_products how popular against an average product;
    price_shock the factor on prices; else the share of the day's event lines touched (0 to 1).
    """

    kind: str
    start: date
    days: int | None
    size: float

    def covers(self, day: date) -> bool:
        """Whether it acts on that day."""
        return self.start <= day and (self.days is None or day < self.start + timedelta(days=self.days))


def injection(kind: str, start: date, days: int | None = None, size: float | None = None) -> Injection:
    """An injection with the kind's own defaults. Raises ValueError for an unknown kind or a size that cannot be."""
    if kind not in KINDS:
        raise ValueError(f"{kind} is no kind of injection; there are {', '.join(KINDS)}")
    usual_days, usual_size = KINDS[kind]
    size = usual_size if size is None else size
    if size <= 0 or (usual_size <= 1 < size) or (days is not None and days < 1):
        raise ValueError(f"{kind}: a share lies above 0 and up to 1, a factor above 0, days are 1 or more")
    return Injection(kind, start, days or usual_days, size)


def parse_injection(text: str) -> Injection:
    """Read `kind=YYYY-MM-DD[,days=N][,size=X]`, as the command line takes it."""
    kind, _, rest = text.partition("=")
    start, *options = rest.split(",")
    given = dict(option.split("=", 1) for option in options)
    if unknown := set(given) - {"days", "size"}:
        raise ValueError(f"{kind}: {', '.join(sorted(unknown))} is no option; there are days and size")
    days, size = given.get("days"), given.get("size")
    return injection(kind, date.fromisoformat(start), int(days) if days else None, float(size) if size else None)


@dataclass(frozen=True)
class Scenario:
    """One shop. Everything it delivers follows from this, the first day and the code.

    customers: base of shoppers, constant in size; those who leave are replaced. seed: any whole number from 0.
    seasonality: 0 is a stationary shop (so that drift monitoring has nothing to find); 0.5 lets a group's demand swing by half
    over the year. Rates are per shopper and day; shares between 0 and 1; times in days.
    """

    customers: int = 1000
    seed: int = 7
    injections: tuple[Injection, ...] = ()
    seasonality: float = 0.0
    visits: float = 0.12
    impressions_per_visit: int = 8
    shown_by_popularity: float = 0.45
    shown_by_taste: float = 0.40  # the rest is exploration: every product alike
    direct_purchase_share: float = 0.05
    return_share: float = 0.04
    replaced_customers: float = 0.0005
    changed_customers: float = 0.001

    def __post_init__(self) -> None:
        if self.customers < 1 or self.seed < 0:
            raise ValueError("a shop has at least one customer, and a seed from 0 up")

    def acting(self, kind: str, day: date) -> tuple[Injection, ...]:
        """The injections of a kind that act on a day."""
        return tuple(i for i in self.injections if i.kind == kind and i.covers(day))
