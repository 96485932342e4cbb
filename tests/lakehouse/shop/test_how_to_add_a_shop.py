"""What docs/how-to/add_a_shop.md tells people to write works as it stands."""

import gzip
import json
import re

import yaml

from lakehouse.ingestion.files.file_formats import FORMATS
from lakehouse.settings import REPOSITORY
from lakehouse.shop.inputs import Input
from lakehouse.shop.select_problems import problems
from lakehouse.shop.source import load_shop

PAGE = (REPOSITORY / "docs" / "how-to" / "add_a_shop.md").read_text()
DAY = "2025-01-31"


def test_the_example_lands_and_cleans_a_day(corner):
    corner.reload(re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL).group(1))
    sold = {"Card No.": "c1", "article": "fern", "pieces": 2, "price": 2.5, "at": f"{DAY} 12:00:00"}
    rows = [{"receipt": f"r{number}", **sold} for number in range(40)]
    rows += [rows[0], {**rows[0], "article": "ivy", "pieces": "some"}, {**rows[0], "article": "GIFT20"}]
    folder = corner.folder / "landing" / "sales"
    folder.mkdir()
    folder.joinpath(f"{DAY}.jsonl.gz").write_bytes(gzip.compress("\n".join(map(json.dumps, rows)).encode()))
    corner.publish("bronze.sales", DAY)
    corner.publish("silver.orders", DAY)
    beside = sorted((row["outcome"], row["broken_rules"]) for row in corner.rows("quarantine.orders"))
    assert beside == [("duplicate", []), ("quarantined", ["quantity_is_present", "amount_is_present"])]
    assert len(corner.rows("silver.orders")) == 40


def test_a_catalogue_is_as_the_page_writes_it():
    (page,) = (block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "is_recommendable" in block)
    select = yaml.safe_load(page)["products"]["select"]
    columns = [{"name": name, "description": "Given."} for name in ("code", "text", "department", "price")]
    assert list(problems("products", select, {"articles": Input(files="{day}.csv", columns=columns)})) == []


def test_the_dialect_is_as_the_page_writes_it():
    (page,) = (block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "csv: {delimiter" in block)
    entry = Input(files="{day}.csv", **yaml.safe_load(page))
    assert (entry.csv.delimiter, entry.csv.encoding, entry.csv.decimal, entry.takes_empty_files) == (";", "cp1252", ",", True)


def test_the_inputs_that_are_pulled_are_as_the_page_writes_them():
    columns = "columns: [{name: receipt, description: R.}, {name: article, description: A.}, {name: updated_at, description: U.}, {name: created_at, description: C.}]"
    (page,) = (block for block in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "postgres:" in block)
    written = yaml.safe_load(page.replace("columns: …", columns))["inputs"]
    sales, clicks = (Input(**written[name]) for name in ("sales", "clicks"))
    assert set(sales.column_names) >= {"row_version", "row_change"}
    assert "record_at" in clicks.column_names
    assert clicks.kafka is not None


def test_the_look_ups_are_as_the_page_writes_them(tmp_path):
    example, looks_up = (
        next(text for text in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if word in text) for word in ("shop:", "looks_up:")
    )
    declared = re.search(r"( *looks_up:\n.*?) *select:", looks_up, re.DOTALL).group(1)
    inputs = "".join(
        f'  {name}:\n    files: "{name}/{{day}}.csv"\n    columns: [{{name: {column}, description: C.}}, {{name: kind, description: K.}}]\n'
        for name, column in (("articles", "code"), ("visits", "card"))
    )
    text = example.replace("tables:\n", f"{inputs}tables:\n").replace("    accounts_for: sales", f"{declared}    accounts_for: sales")
    text = text.replace("article AS product_group", "articles.kind AS product_group, size(visits) AS visits_before")
    (tmp_path / "source.yaml").write_text(text)
    read = load_shop(tmp_path / "source.yaml").looks_up("orders")
    assert {name: (each.key, each.last_days) for name, each in read.items()} == {
        "articles": ({"code": "upper(article)"}, None),
        "visits": ({"card": "card"}, 7),
    }


def test_every_format_is_described():
    assert (
        set(re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)) - {"format"}
        == set(FORMATS)
        == set(Input.model_fields["format"].annotation.__args__)
    )
