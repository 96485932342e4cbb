"""What is shown is what the data hold: no value is taken for markup, by any command."""

from __future__ import annotations

import io
import re
from datetime import UTC, date, datetime
from types import SimpleNamespace

import pytest
import typer

from cli import screen, sql
from cli.progress import Progress
from cli.summary import show_model
from lakehouse.settings import REPOSITORY

VALUES = ("[red]x[/]", "[/bold]", "[link=https://example.org]here[/link]", "[b]", "\\[x]", ":heart:", "[2011-12-09]", "a [large] pot")


@pytest.fixture
def shown(monkeypatch):
    """What stands on both consoles by the end."""
    file = io.StringIO()
    for console in (screen.out, screen.err):
        monkeypatch.setattr(console, "_file", file)  # its `file` is whatever standard output is then: undone, it would stay this test's
        monkeypatch.setattr(console, "width", 400)
    return file.getvalue


@pytest.mark.parametrize("value", VALUES)
def test_a_grid_shows_title_headers_and_cells_as_they_are(shown, value):
    screen.grid(f"of {value}", [f"header {value}", "number"], [(value, 1), (None, 2)])
    assert shown().count(value) == 3


@pytest.mark.parametrize("value", VALUES)
def test_sql_shows_what_duckdb_found(shown, value):
    columns, rows = sql.query_lake(None, "SELECT '" + value + "' AS \"" + value + '"')
    sql.show(columns, rows, "table")
    assert shown().count(value) == 2


@pytest.mark.parametrize("value", VALUES)
def test_progress_notes_and_errors_are_shown_as_they_are(shown, value):
    told = Progress()
    done = SimpleNamespace(table="bronze.lines", days=[1], rows=1, version=1, seconds=1.0, quarantined=0, checks=())
    done.notes, done.recomputed = (f"note {value}",), (f"mark {value}",)
    with told.showing(f"title {value}"):
        told.started(value)
        told.ended(done)
        told.failed(value, f"why {value}")
    with screen.working(value) as status:
        status.update(screen.styled(value))
    screen.out.print(f"{value}: plain")
    assert shown().count(value) >= 6


def test_what_was_published_with_warnings_says_which(shown):
    def check(name, severity, passed):
        return SimpleNamespace(name=name, severity=severity, passed=passed)

    told, seen = Progress(), [check("fine", "warning", True), check("held", "error", True)]
    done = SimpleNamespace(
        table="silver.orders", days=[1], rows=1, version=1, seconds=1.0, quarantined=0, notes=(), recomputed=(), checks=seen
    )
    told.ended(done)
    assert "warnings" not in shown()
    told.ended(SimpleNamespace(**{**vars(done), "checks": [*seen, *(check(f"odd_{n}", "warning", False) for n in range(5))]}))
    assert shown().splitlines()[-1].strip() == "published with warnings: odd_0, odd_1, odd_2 and 2 more"


@pytest.mark.parametrize("value", VALUES)
def test_a_gates_reason_is_shown_as_it_is(shown, value):
    gate = f'[{{"name": "better", "passed": false, "reason": "than {value.replace(chr(92), chr(92) * 2)}"}}]'
    row = dict.fromkeys(("version", "kind", "ndcg_at_10", "recall_at_10", "log_loss", "pr_auc", "is_champion"))
    show_model([{**row, "model_name": value, "gates_json": gate, "trained_at": datetime(2011, 12, 9, tzinfo=UTC)}])
    assert shown().count(value) == 2


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, ""), (True, "yes"), (False, "no"), (1_234_567, "1,234,567"), (0.25, "0.25"), (12.0, "12"), (999.99994, "999.9999"),
        (1234.5, "1,234.50"), (-1234.567, "-1,234.57"), ("1_000", "1_000"), (date(2011, 3, 25), "2011-03-25"),
    ],
)  # fmt: skip
def test_a_value_is_shown_as_people_read_it(value, told):
    assert screen.shown(value) == told


def test_numbers_stand_right_and_all_else_left(shown):
    screen.grid("", ["table", "rows"], [("a", 1), ("b", 1000), ("c", None)])
    assert shown().splitlines()[1:] == ["a          1", "b      1,000", "c           "]


def test_a_day_is_written_as_iso_says_or_its_option_is_named():
    assert screen.parse_day("2011-12-09", "--to") == date(2011, 12, 9)
    with pytest.raises(typer.BadParameter, match=r"'9\.12\.2011' is no day; write it as 2011-12-09") as caught:
        screen.parse_day("9.12.2011", "--to")
    assert caught.value.param_hint == "--to"


def test_an_interrupted_run_says_what_stands(shown):
    told = Progress()
    done = SimpleNamespace(
        table="bronze.lines", days=[1], rows=1, version=1, seconds=1.0, quarantined=3, notes=(), recomputed=(), checks=()
    )
    told.ended(done)
    assert told.standing().startswith("1 table was published and stands (bronze.lines); nothing is half written")
    for more in (
        done,
        SimpleNamespace(**{**vars(done), "table": "silver.orders"}),
        SimpleNamespace(**{**vars(done), "table": "x", "days": ()}),
    ):
        told.ended(more)
    assert told.standing().startswith("2 tables were published and stand, the last of them silver.orders; nothing is half written")
    assert "3 diverted" in shown() and "nothing new" in shown()


def test_no_command_writes_markup_or_a_spinner_of_its_own():
    """Markup would be shown as it stands; a spinner's text would be read as markup."""
    for path in (REPOSITORY / "cli").glob("*.py"):
        assert not re.search(r"\[/?(bold|dim|red|green|yellow|cyan|blue)\]|\.status\(f?\"|from_markup", path.read_text()), path.name
