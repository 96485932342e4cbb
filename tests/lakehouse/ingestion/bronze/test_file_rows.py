"""Few rows are read here and many by the engine's workers, part by part: the same rows come of it, whatever the files hold."""

import json
from pathlib import Path

import pytest

from lakehouse.ingestion.bronze.file_rows import read_rows
from lakehouse.ingestion.files import text_lines
from lakehouse.ingestion.files.file_inspection import delivered_files, examine
from lakehouse.shop.source import load_shop

DAYS = 40
SOURCE = """\
shop: keys
time_zone: Europe/London
first_day: 2011-01-01
inputs:
  lines:
    files: "lines/{day}*"
    format: FORMAT
    columns: [{name: line, description: x}, {name: who, from: "Customer ID", description: x, classification: pii}]
tables:
  orders:
    accounts_for: lines
    select: |
      SELECT line AS order_id, who AS customer_id, line AS product_id, line AS product_group, 1 AS quantity, 2.0 AS unit_price,
        true AS is_goods, cast(null AS boolean) AS is_return, timestamp'2011-01-01' AS event_at, lineage FROM lines
"""


def files_of(folder: Path, form: str, texts: list[str]):
    """A shop's input of that format, and its files looked at, one a text: some by a name that the engine's own scan would hide or misread."""
    (folder / "landing" / "lines").mkdir(parents=True)
    (folder / "source.yaml").write_text(SOURCE.replace("FORMAT", form))
    shop = load_shop(folder / "source.yaml")
    for number, text in enumerate(texts):
        name = f"2011-{1 + number // 28:02}-{1 + number % 28:02}{['', ' %20', '{a}[b]*', ':c', '#d?e'][number % 5]}"
        (folder / "landing" / "lines" / name).write_text(text)
    entry = shop.inputs["lines"]
    return entry, [examine(entry, file) for file in delivered_files(shop, "lines")]


@pytest.mark.parametrize("most_here", [10_000, 0])
def test_optional_and_reordered_keys_make_one_table(spark, tmp_path, most_here):
    lines = [json.dumps(dict(sorted({"line": n, "Customer ID": f"c{n}", f"k{n}": n / 4}.items(), reverse=n % 2 == 0))) for n in range(DAYS)]
    entry, files = files_of(tmp_path, "jsonl", [f"{line}\n{line[:-1]}\n" for line in lines])
    df = read_rows(spark, entry, files, most_here)
    assert ("MapInArrow" in df._explain_string()) == (most_here == 0)
    rows = sorted(df.collect(), key=lambda row: (row.file_day, row.file_row))
    assert [(row.line, row.who, row._rescued) for row in rows[::2]] == [(str(n), f"c{n}", json.dumps({f"k{n}": str(n / 4)}).replace(" ", "")) for n in range(DAYS)]  # fmt: skip
    assert [(row.line, row.malformed_line, row.file_row) for row in rows[1::2]] == [(None, line[:-1], 2) for line in lines]
    assert [(row.file_name, row.file_sha256, row.file_day) for row in rows[::2]] == [(file.name, file.sha256, file.day) for file in files]


@pytest.mark.parametrize("most_here", [10_000, 0])
def test_a_file_read_in_parts_is_numbered_as_a_whole(spark, tmp_path, monkeypatch, most_here):
    monkeypatch.setattr(text_lines, "PART_BYTES", 2_000)
    monkeypatch.setattr(text_lines, "BLOCK_BYTES", 1_000)
    text = "line,Customer ID\n" + "".join(f'{n},"c\n{n}"\n{n},"open\n\n{n},x\n' for n in range(0, 900, 3))
    entry, (file,) = files_of(tmp_path, "csv", [text])
    assert len(file.contents.parts) > 3
    rows = sorted(read_rows(spark, entry, [file], most_here).collect(), key=lambda row: row.file_row)
    assert [row.file_row for row in rows] == list(range(1, 901))
    assert [(row.line, row.who, row.malformed_line) for row in rows[3:6]] == [
        ("3", "c\n3", None),
        (None, None, '3,"open'),
        ("3", "x", None),
    ]
