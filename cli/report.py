"""`greenhouse report`: a version of the model on one page that can be sent to whoever decides on it. What stands there is found by `assets/report`."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli.screen import out
from lakehouse.errors import GreenhouseError

if TYPE_CHECKING:
    from assets.report import Report

TEMPLATE = Path(__file__).with_name("report.html.j2")
MOST_FEATURES = 15


def report(
    version: Annotated[
        int, typer.Argument(help="The version of the model, as `./greenhouse serving` or models.model_versions lists it.", min=1)
    ],
    to: Annotated[
        Path | None, typer.Option("--out", help="The file to write; reports/purchase_VERSION.html of the home where left out.")
    ] = None,
) -> None:
    """Write all that a person needs to decide on a version of the model into one HTML file, which needs no other."""
    from assets.open_lake import contracts_only_lake
    from assets.report import report_of
    from lakehouse.settings import load_settings

    settings = load_settings()
    found = report_of(contracts_only_lake(settings), version)
    path = to or settings.home / "reports" / f"{found.row['model_name']}_{version}.html"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page(found), encoding="utf-8")
    except OSError as error:
        raise GreenhouseError(f"the report cannot be written to {path}: {error.strerror}; --out names another file") from error
    out.print(f"{decision(found)}. The report: {path}")


def decision(found: Report) -> str:
    """What stands first: whether it serves, may, or may not and why."""
    said = _said_of_it(found)
    return f"{said}. It cannot serve now: {found.unusable}" if found.unusable and (found.serves_since or found.row["is_champion"]) else said


def _said_of_it(found: Report) -> str:
    name = f"{found.row['model_name']} {found.row['version']}"
    if found.serves_since:
        return (
            f"{name} serves since {found.serves_since.said_at:%Y-%m-%d %H:%M} UTC: {found.serves_since.why} ({found.serves_since.said_by})"
        )
    if found.served_until:
        return (
            f"{name} served until {found.served_until.said_at:%Y-%m-%d %H:%M} UTC: {found.served_until.why} ({found.served_until.said_by})"
        )
    if found.row["is_champion"]:
        return f"{name} passed every gate and does not serve: ./greenhouse promote {found.row['version']} --why … lets it"
    failed = ", ".join(str(gate["name"]) for gate in found.failed)
    return f"{name} may not serve: it did not pass {failed or 'any gate'}"


def page(found: Report) -> str:
    """The report as HTML: no script, nothing fetched, readable on a phone."""
    from jinja2 import Environment, StrictUndefined

    template = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True).from_string(
        TEMPLATE.read_text(encoding="utf-8")
    )
    importance = found.diagnostics.importance if found.diagnostics else {}
    return template.render(
        found=found, row=found.row, decision=decision(found), figure=_figure, segments=_segments(found.figures),
        gates=sorted(found.gates, key=lambda gate: bool(gate["passed"])),
        is_good=not found.unusable and bool(found.serves_since or (found.row["is_champion"] and not found.served_until)),
        importance=sorted(importance.items(), key=lambda each: each[1], reverse=True)[:MOST_FEATURES],
        drift=found.drift[:MOST_FEATURES],
    )  # fmt: skip


def _figure(value: Any) -> str:
    return "–" if value is None else f"{value:.4f}"


def _segments(figures: Mapping[str, float]) -> list[tuple[str, int, float | None]]:
    """Each segment of customers, how many of them were ranked, and by how much their NDCG beats the best simple ranking's."""
    from models.gates import SEGMENTS

    return [(name, int(figures.get(f"{name}_customers", 0)), figures.get(f"{name}_ndcg_gain")) for name in SEGMENTS]
