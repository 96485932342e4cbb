"""`greenhouse explain`: the chain behind one prediction."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.tree import Tree

from cli.screen import grid, out, styled

if TYPE_CHECKING:
    from assets.explain import Explanation


def explain(prediction_id: Annotated[str, typer.Argument(help="The prediction_id of a row of predictions.recommendations.")]) -> None:
    """Show where a recommendation came from: model version, MLflow run, Delta version of every input, commit, check results."""
    from assets.explain import explain as chain_of
    from assets.open_lake import contracts_only_lake
    from lakehouse.settings import load_settings

    show(chain_of(contracts_only_lake(load_settings()), prediction_id))


def show(chain: Explanation) -> None:
    """Print an explanation."""
    row = chain.prediction
    tree = Tree(styled((f"prediction {row['prediction_id']}", "bold")))
    tree.add(
        f"on {row['day']}: product {row['product_id']} at rank {row['rank']} for customer {row['customer_key'][:12]}…, score {row['score']:.4f}"
    )
    model = tree.add(f"model {row['model_name']} version {row['model_version']}")
    if chain.model:
        for name in ("mlflow_run_id", "trained_at", "asked_by", "code_version", "artifact_sha256"):
            model.add(f"{name}: {chain.model.get(name)}")
    _add_features(tree, chain)
    out.print(tree)
    columns = ["table", "version", "checks passed", "asked by", "run", "code", "read"]
    grid("", columns, [
        (p.table, p.version, f"{p.passed} of {p.checks}", p.asked_by, p.run_id[:8], p.code_version[:16], ", ".join(f"{n} v{v}" for n, v in p.inputs.items()))
        for p in chain.publishes
    ])  # fmt: skip


def _add_features(tree: Tree, chain: Explanation) -> None:
    """Which version of each feature it was scored with: nearest first, so that a column's first publish is the one read."""
    read: dict[str, dict[str, str]] = {}
    for publish in chain.publishes:
        if publish.column_versions:
            read[publish.table] = {**publish.column_versions, **read.get(publish.table, {})}
    for table, versions in sorted(read.items()):
        tree.add(f"{table}: " + ", ".join(f"{name} {version}" for name, version in sorted(versions.items())))
