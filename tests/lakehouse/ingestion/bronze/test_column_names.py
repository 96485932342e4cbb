"""What a source calls its columns, however it spells them: mapped by `from`, kept where nobody named them, or refused in one sentence."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lakehouse.errors import ContractError, LandingError, SourceError
from lakehouse.ingestion.bronze.bronze_contracts import bronze_contracts
from lakehouse.shop.names import OWN, differing_in_case, free_names, mapping, quoted
from lakehouse.shop.source import load_shop
from tests.lakehouse.corner_shop import HEADER, lay_out, line

DAY, NEXT_DAY = "2011-03-25", "2011-03-26"
NAMES = HEADER.split(",")
ODD = (
    "Customer ID", "price.net", "it's", "a`b", 'say "so"', "", " left", "Größe (cm)", "q?", "x[0]", "a,b;c{d}", "back\\slash", "#0", "#uri",
    "$", "*", *sorted(OWN), "Index",
)  # fmt: skip
# Names that code on the way from a file to silver uses, or once used, for columns of its own.
WITHIN = (
    "index", "block", "first", "before", "file_uri", "place_name", "place_row", "entity_key", "row_version", "row_change", "record_at", "told",
    "last", "key_0", "then_line", "day", "rows", "count", "value", "source_file", "source_row", "delivery_state", "duplicate_key", "is_written",
    "known_day", "event_at", "customer_key", "outcome", "broken_rules", "select", "order",
)  # fmt: skip


def declare(corner, *columns, product_group="product"):
    """The corner shop with further columns, each as source.yaml writes it."""
    source = (corner.folder / "source.yaml").read_text()
    listed = "".join(f"      - {{{column}, description: d}}\n" for column in columns)
    source = source.replace("    duplicates:", f"{listed}    duplicates:")
    corner.reload(source.replace("product AS product_group", f"{product_group} AS product_group"))


def of_format(corner, form):
    path = corner.folder / "source.yaml"
    corner.reload(path.read_text().replace('{day}.csv"', f'{{day}}.{form}"\n    format: {form}'))


def deliver(corner, form, day, number, more):
    """One line with more columns than the shop's, in any format."""
    row = dict(zip(NAMES, line(number, day).split(","), strict=True)) | more
    path = corner.folder / "landing" / "lines" / f"{day}.{form}"
    if form == "parquet":
        pq.write_table(pa.table([[value] for value in row.values()], names=list(row)), path)
    elif form == "jsonl":
        path.write_text(json.dumps(row, ensure_ascii=False))
    else:
        quoted = ["".join(('"', text.replace('"', '""'), '"')) for text in (*row, *row.values())]
        path.write_text(f"{','.join(quoted[: len(row)])}\n{','.join(quoted[len(row) :])}\n")


def groups(corner):
    return {row["order_id"]: row["product_group"] for row in corner.rows("silver.orders", ["order_id", "product_group"])}


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_columns_of_any_spelling_are_kept_then_mapped_also_from_files_that_landed_before(corner, form):
    of_format(corner, form)
    odd = {name: f"value {n}" for n, name in enumerate(ODD)}
    deliver(corner, form, DAY, 1, odd)
    corner.build(DAY)
    (row,) = corner.rows("bronze.lines")
    assert json.loads(row["_rescued"]) == odd
    declared = [f"name: odd{n}, from: {json.dumps(name, ensure_ascii=False)}" for n, name in enumerate(ODD)]
    declare(corner, *declared, product_group=f"concat_ws('|', {', '.join(f'odd{n}' for n in range(len(ODD)))})")
    corner.publish("silver.orders", DAY)
    assert groups(corner) == {"1": "|".join(odd.values())}, "no new file came, and bronze was not published since"
    deliver(corner, form, NEXT_DAY, 2, odd)
    corner.build(f"{DAY}..{NEXT_DAY}")
    assert groups(corner) == dict.fromkeys(("1", "2"), "|".join(odd.values()))
    landed = {row["line"]: row for row in corner.rows("bronze.lines")}
    assert [landed["2"][f"odd{n}"] for n in range(len(ODD))] == list(odd.values())
    assert landed["2"]["_rescued"] is None


def test_columns_may_be_called_as_those_of_the_work_within(corner):
    more = {name: f"value {n}" for n, name in enumerate(WITHIN)}
    declare(corner, *(f"name: {name}" for name in WITHIN), product_group=f"concat_ws('|', {', '.join(f'`{name}`' for name in WITHIN)})")
    source = (corner.folder / "source.yaml").read_text()
    corner.reload(source.replace("lineage\n", "lineage, `day`, `source_file`, `known_day`, `is_written`, `customer_key`\n"))
    deliver(corner, "csv", DAY, 1, more)
    corner.build(DAY)
    assert groups(corner) == {"1": "|".join(more.values())}


def test_the_names_of_the_product_are_those_of_bronze_and_what_a_select_sees_beside_them(corner):
    contract = bronze_contracts(corner.lake.shop)["bronze.lines"]
    assert {*contract.column_names, "lineage", "_metadata"} == {*NAMES, *OWN}


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        (f"{HEADER},,", "column without a name stands twice"),
        (HEADER.replace("price", "Price "), r'column price is missing; it is spelt Price  there, .* \{name: price, from: "Price "\}'),
        (HEADER.replace("price", "Price,size,size"), "column price is missing; it is spelt Price .* column size stands twice"),
    ],
)
def test_a_header_that_cannot_be_told_apart_is_refused_with_the_file(corner, header, reason):
    corner.deliver(DAY, [line(1, DAY)], header=header)
    with pytest.raises(LandingError, match=reason) as caught:
        corner.publish("bronze.lines", DAY)
    assert f"{DAY}.csv: " in caught.value.message
    assert "\n" not in caught.value.message


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_columns_that_differ_in_case_are_told_apart(corner, form):
    if form == "jsonl":
        of_format(corner, form)
        deliver(corner, form, DAY, 1, {"Line": "2", "LINE": "3"})
    else:
        corner.deliver(DAY, [f"{line(1, DAY)},2,3"], header=f"{HEADER},Line,LINE")
    notes = corner.publish("bronze.lines", DAY).notes
    (row,) = corner.rows("bronze.lines")
    assert (row["line"], row["_rescued"]) == ("1", '{"Line":"2","LINE":"3"}')
    told = [note.partition(" holds ")[2] for note in notes]
    assert told == ['{name: Line_2, from: "Line"}', '{name: LINE_3, from: "LINE"}'], "names that differ in case alone would be refused"


def test_what_landed_before_a_column_was_renamed_flows_into_its_new_name(corner):
    corner.deliver(DAY, [line(1, DAY, product="fern")])
    corner.build(DAY)
    source = (corner.folder / "source.yaml").read_text().replace("{name: product,", "{name: article, from: product,")
    corner.reload(source.replace("product AS product_", "article AS product_"))
    corner.publish("silver.orders", DAY)
    assert groups(corner) == {"1": "fern"}
    corner.deliver(NEXT_DAY, [line(2, NEXT_DAY, product="ivy")])
    corner.build(f"{DAY}..{NEXT_DAY}")
    assert groups(corner) == {"1": "fern", "2": "ivy"}


def test_what_landed_stays_with_a_name_that_another_column_has_now(corner):
    corner.deliver(DAY, [line(1, DAY, product="fern")])
    corner.build(DAY)
    more = "name: article, from: product"
    path = corner.folder / "source.yaml"
    path.write_text(path.read_text().replace("{name: product,", "{name: product, from: Group,"))
    declare(corner, more, product_group="concat(product, ' is no ', coalesce(article, 'article'))")
    corner.publish("silver.orders", DAY)
    assert groups(corner) == {"1": "fern is no article"}


def test_another_spelling_of_the_source_is_taken_from_the_files_that_come_after(corner):
    corner.deliver(DAY, [line(1, DAY, product="fern")])
    corner.build(DAY)
    corner.reload((corner.folder / "source.yaml").read_text().replace("{name: product,", "{name: product, from: Article No.,"))
    corner.deliver(NEXT_DAY, [line(2, NEXT_DAY, product="ivy")], header=HEADER.replace("product", "Article No."))
    corner.build(f"{DAY}..{NEXT_DAY}")
    assert groups(corner) == {"1": "fern", "2": "ivy"}


@pytest.mark.parametrize("blank", ["\u00a0", " \u00a0\t"])
def test_a_cell_of_spaces_that_do_not_break_is_empty_and_makes_nobody_a_customer(corner, blank):
    corner.deliver("2011-03-25", [line(1, "2011-03-25", customer=blank), line(2, "2011-03-25", customer="")])
    corner.build("2011-03-25")
    assert {row["customer_key"] for row in corner.rows("silver.orders")} == {None}


def test_a_name_in_another_case_than_the_table_has_it_is_refused(corner):
    corner.deliver(DAY, [line(1, DAY)])
    corner.build(DAY)
    corner.reload((corner.folder / "source.yaml").read_text().replace("{name: product,", "{name: Product, from: product,"))
    corner.deliver(NEXT_DAY, [line(2, NEXT_DAY)])
    with pytest.raises(ContractError, match=r"source.yaml: bronze.lines: the table has product \(not Product\)"):
        corner.publish("bronze.lines", NEXT_DAY)


def test_a_select_that_gives_a_column_twice_is_refused(corner):
    source = (corner.folder / "source.yaml").read_text()
    corner.deliver(DAY, [line(1, DAY)])
    with pytest.raises(SourceError, match=r"source\.yaml:\d+: tables\.orders\.select: gives quantity twice"):
        corner.reload(source.replace("lineage\n", "lineage, quantity\n"))
    corner.reload(source.replace("lineage\n", "lineage, inline(array(struct(1 AS quantity)))\n"))  # what only the engine can tell
    with pytest.raises(SourceError, match=r"source\.yaml: tables\.orders\.select: gives quantity twice"):
        corner.build(DAY)


def test_the_note_of_an_unnamed_column_says_how_it_is_named(corner):
    corner.deliver(DAY, [line(1, DAY) + ",x"], header=f"{HEADER},Customer ID")
    (note,) = corner.publish("bronze.lines", DAY).notes
    assert note.endswith('until inputs.lines.columns holds {name: customer_id, from: "Customer ID"}')


@pytest.mark.parametrize(
    ("source", "written"),
    [
        ("colour", "{name: colour}"),
        ("Größe (cm)", '{name: grosse_cm, from: "Größe (cm)"}'),
        ("2nd", '{name: given_2nd, from: "2nd"}'),
        ("File_Name", '{name: given_file_name, from: "File_Name"}'),
        ("_metadata", '{name: given_metadata, from: "_metadata"}'),
        ("", '{name: unnamed, from: ""}'),
        ('a"b', '{name: a_b, from: "a\\"b"}'),
    ],
)
def test_a_mapping_is_one_that_source_yaml_takes(tmp_path, source, written):
    assert mapping(source, free_names([source])[source]) == written
    path = lay_out(tmp_path)
    path.write_text(path.read_text().replace("{name: product,", f"{written[:-1]},").replace("product AS", "customer AS"))
    assert load_shop(path).inputs["lines"].columns[2].source == source


def test_the_names_told_are_free_beside_the_columns_there_are_and_each_other():
    assert free_names(["Line"], beside=["line", "product"]) == {"Line": "Line_2"}
    assert free_names(["LINE"], beside=["line", "line_2"]) == {"LINE": "LINE_3"}
    assert free_names(["colour"], beside=["line"]) == {"colour": "colour"}
    assert free_names(["Total", "TOTAL", "to-tal", "to tal"]) == {
        "Total": "Total",
        "TOTAL": "TOTAL_2",
        "to-tal": "to_tal",
        "to tal": "to_tal_2",
    }


def test_names_are_quoted_whatever_they_hold_and_told_apart_as_the_engine_does():
    assert (quoted("net price"), quoted("a`b")) == ("`net price`", "`a``b`")
    assert list(differing_in_case(["Line", "line", "x", "Line", "LINE"])) == [("Line", "line"), ("Line", "LINE")]
