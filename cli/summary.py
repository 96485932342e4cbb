"""What a finished build shows: tables, three KPIs, the model against its baseline, sample recommendations, what to type next."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from cli.screen import grid, out, styled
from cli.sql import query_lake

if TYPE_CHECKING:
    from lakehouse.tables.lake import Lake

Row = dict[str, Any]
FIGURES = ("ndcg_at_10", "recall_at_10", "log_loss", "pr_auc")


def show_summary(lake: Lake) -> None:
    """Print the whole summary."""
    out.print()
    _show_tables(lake)
    _show_kpis(lake)
    show_model(model_rows(lake))
    _show_recommendations(lake)
    _show_next(lake)


def model_rows(lake: Lake) -> list[Row]:
    """The newest version and its baseline, as rows of `models.model_versions`."""
    names, rows = query_lake(
        lake, "SELECT * FROM models.model_versions QUALIFY row_number() OVER (PARTITION BY model_name ORDER BY version DESC) = 1"
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def show_model(rows: list[Row]) -> None:
    """Print the newest version beside its baseline, and every gate it failed."""
    grid("The model against its baseline (held-out weeks)", ["model", "version", "kind", *FIGURES, "serves"], [
        (row["model_name"], row["version"], row["kind"], *[row[name] for name in FIGURES], "yes" if row["is_champion"] else "")
        for row in sorted(rows, key=lambda row: row["model_name"])
    ])  # fmt: skip
    failed = [gate for row in rows for gate in json.loads(row["gates_json"] or "[]") if not gate["passed"]]
    for gate in failed:
        out.print(styled("  ", ("gate not passed:", "yellow"), f" {gate['name']}: {gate['reason']}"))
    if not any(row["is_champion"] for row in rows):
        out.print("  No version has won: the best baseline serves, and the rows say so.")
    out.print()


def _show_tables(lake: Lake) -> None:
    from cli.look import last_checks, status

    checks = last_checks(lake)
    built = [name for name in lake.contracts if lake.exists(name)]
    grid(
        "What was built",
        ["table", "rows", "checks"],
        [(name, lake.count(name), status(checks[name]) if name in checks else "") for name in built],
    )
    out.print()


def _show_kpis(lake: Lake) -> None:
    _, rows = query_lake(lake, (
        "SELECT count(*), sum(net_revenue), sum(orders), sum(returned_amount) / nullif(sum(sold_amount), 0) FROM kpis.daily_sales"
    ))  # fmt: skip
    (days, revenue, orders, returned), said = rows[0], lake.shop.currency.said
    grid("Three KPIs", ["KPI", "value"], [
        ("net revenue", f"{said(revenue or 0)} over {days:,} trading days"),
        ("orders", f"{int(orders or 0):,}{f', of {said(revenue / orders)} each' if orders else ''}"),
        ("returned share of sales", "nothing sold" if returned is None else f"{float(returned):.1%}"),
    ])  # fmt: skip
    out.print()


def _show_recommendations(lake: Lake) -> None:
    names, rows = query_lake(
        lake,
        """
        SELECT r.day, left(r.customer_key, 12) AS customer, r.product_id, p.name AS product, round(r.score, 4) AS score, r.prediction_id
        FROM predictions.recommendations r LEFT JOIN silver.products p ON p.product_id = r.product_id AND p.is_current
        WHERE r.rank = 1 ORDER BY r.day DESC, r.score DESC LIMIT 5
    """,
    )
    grid("Five recommendations of the last night", names, rows)
    out.print()


def _show_next(lake: Lake) -> None:
    _, rows = query_lake(lake, "SELECT prediction_id FROM predictions.recommendations ORDER BY day DESC, score DESC LIMIT 1")
    out.print(styled(("Next", "bold")))
    for command, why in (
        ("./greenhouse ui", "see the graph, materialise a day, launch a backfill"),
        ("./greenhouse nights on", "the night, training on drift and the weekly care by themselves"),
        ("./greenhouse tables", "every table with rows, version and checks"),
        ("./greenhouse reconcile", "where every landed line went"),
        (f"./greenhouse explain {rows[0][0] if rows else 'PREDICTION_ID'}", "where a recommendation came from"),
        ('./greenhouse sql "SELECT * FROM kpis.daily_sales ORDER BY day DESC LIMIT 5"', "ask the lake"),
    ):
        out.print(styled(f"  {command}\n", (f"      {why}", "dim")), soft_wrap=True)
