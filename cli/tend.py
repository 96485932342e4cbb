"""`greenhouse tend`: small files merged, files nobody needs any more removed."""

from __future__ import annotations

from typing import Annotated

import typer

from cli.screen import grid, out, styled, working


def tend(
    kept_days: Annotated[
        int, typer.Option("--keep-days", help="Versions of so many days stay readable, beside those of live models.", min=1)
    ] = 30,
    is_rehearsal: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed; change nothing.")] = False,
) -> None:
    """Merge the tables' small files and remove those that no kept version needs. The weekly job `tend` does the same."""
    from assets.open_lake import contracts_only_lake
    from assets.tending import tend_all
    from lakehouse.publishing.maintenance import megabytes
    from lakehouse.settings import load_settings

    lake = contracts_only_lake(load_settings())
    done = []
    with working("tending …") as status:
        for tended in tend_all(lake, kept_days, is_rehearsal=is_rehearsal):
            status.update(styled(f"{tended.table} …"))
            done.append(tended)
    rows = [(each.table, each.merged_files, each.removed_files, megabytes(each.removed_bytes)) for each in done]
    grid(
        "", ["table", "files merged", "files to remove" if is_rehearsal else "files removed", "MB"], [row for row in rows if any(row[1:3])]
    )
    freed = megabytes(sum(each.removed_bytes for each in done))
    out.print(
        f"{freed} MB {'would be' if is_rehearsal else 'were'} freed in {len(done)} tables; versions of {kept_days} days and of live models stay."
    )
