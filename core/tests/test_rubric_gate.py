"""The gate lets through what a rubric needs and nothing that reaches outside one row."""

from __future__ import annotations

import socket

import polars as pl
import pytest
from detente.engine.rubric.gate import check, checked, columns_of, expression
from detente_contracts import ConfigurationError, SignalType
from hypothesis import given, settings
from hypothesis import strategies as st

COLUMNS = {
    "arr": SignalType.NUMBER,
    "days_to_renewal": SignalType.NUMBER,
    "order": SignalType.NUMBER,
    "is_reference": SignalType.FLAG,
    "tier": SignalType.TEXT,
}
FRAME = pl.DataFrame(
    {
        "arr": [10.0, -2.5, None],
        "days_to_renewal": [41.0, 0.0, 7.0],
        "order": [1.0, 2.0, 3.0],
        "is_reference": [1.0, 0.0, None],
        "tier": ["Gold", "it's", None],
    }
)

FILES = [
    "read_csv('/etc/passwd')",
    "READ_PARQUET('x.parquet')",
    "read_json('http://example.org/x')",
    "read_ipc('/var/x')",
    "scan_csv('x')",
    "(SELECT 1 FROM read_csv('/etc/passwd'))",
    "arr IN (SELECT x FROM read_csv('/etc/passwd'))",
    "EXISTS (SELECT * FROM read_parquet('s3://bucket/x'))",
    "COALESCE(arr, (SELECT MAX(x) FROM read_csv('x')))",
    "CASE WHEN (SELECT TRUE FROM read_csv('x')) THEN 1 ELSE 0 END",
    "LOAD_FILE('/etc/passwd')",
    "pg_read_file('/etc/passwd')",
    "getenv('HOME')",
    "http_get('http://example.org')",
    "COPY arr TO '/var/x'",
    "system('id')",
]
AGGREGATES = [
    "SUM(arr)",
    "COUNT(*)",
    "AVG(arr) > 1",
    "MAX(arr)",
    "MIN(arr)",
    "STDDEV(arr)",
    "MEDIAN(arr)",
    "FIRST(arr)",
    "ARRAY_AGG(arr)",
    "STRING_AGG(tier, ',')",
    "COUNT(DISTINCT tier)",
    "QUANTILE_CONT(arr, 0.5)",
    "SUM(arr) OVER ()",
    "ROW_NUMBER() OVER (ORDER BY arr)",
    "LAG(arr) OVER (PARTITION BY tier ORDER BY arr)",
    "RANK() OVER (ORDER BY arr)",
]
STATEMENTS = [
    "SELECT 1",
    "(SELECT 1)",
    "1; DROP TABLE score",
    "arr; arr",
    "arr FROM portfolio",
    "arr AS other",
    "1 UNION SELECT 2",
    "DROP TABLE score",
    "INSERT INTO score VALUES (1)",
    "SET x = 1",
    "ATTACH 'x.sqlite'",
    "PRAGMA journal_mode",
    "WITH x AS (SELECT 1) SELECT * FROM x",
    "*",
    "COLUMNS('.*')",
    "COLUMNS(*)",
    "portfolio.*",
    '"*"',
    '"^.*$"',
    "portfolio.arr",
    "arr EXCEPT arr",
]
EXOTIC = [
    "CAST(tier AS BLOB)",
    "arr::int",
    "TRY_CAST(arr AS DATE)",
    "DATE '2020-01-01'",
    "INTERVAL '1' DAY",
    "CURRENT_TIMESTAMP",
    "NOW()",
    "RANDOM()",
    "UUID()",
    "REPEAT('x', 1000000000)",
    "LPAD(tier, 1000000000, 'x')",
    "REGEXP_LIKE(tier, '(a+)+$')",
    "tier ~ '(a+)+$'",
    "tier RLIKE 'x'",
    "tier LIKE tier",
    "tier LIKE 'a' ESCAPE '!'",
    "tier ILIKE 'x'",
    "tier || tier",
    "CONCAT(tier, tier)",
    "FORMAT('%s', tier)",
    "SUBSTR(tier, 1, 1)",
    "arr[1]",
    "[1, 2]",
    "{'a': 1}",
    "STRUCT(arr)",
    "(arr, arr)",
    "UNNEST(arr)",
    "GENERATE_SERIES(1, 1000000000)",
    "arr & 1",
    "arr << 60",
    "arr ^ 2",
    "x -> x + 1",
    ":parameter",
    "?",
    "@variable",
    "{{ arr }}",
    "{arr}",
    "arr.__class__",
    "__import__('os')",
    "ROUND(arr, arr)",
    "ROUND(arr, 99)",
    "arr IN (arr)",
    "CASE arr WHEN 1 THEN 2 END",
    "",
    "   ",
    "\x00",
    "arr arr",
    "'unclosed",
    "arr +",
    "1e400",
    "1_000",
    "arr IN",
    "arr IN ()",
    "ABS()",
    "NULLIF(arr)",
    "POWER(2)",
    "ROUND()",
    "COALESCE()",
    "CASE END",
    "CASE WHEN arr END",
    "NULL",
]
LARGE = [
    "(" * 40 + "arr" + ")" * 40,
    "(" * 900 + "arr" + ")" * 900,
    "ABS(" * 200 + "arr" + ")" * 200,
    "NOT " * 490 + "is_reference",
    "- " * 900 + "arr",
    "CASE WHEN arr > 1 THEN " * 40 + "1" + " END" * 40,
    "+".join(["arr"] * 400),
    "arr IN (" + ",".join(["1"] * 400) + ")",
    "arr + " + "1" * 3000,
    "COALESCE(" + ",".join(["arr"] * 250) + ")",
]


@pytest.mark.parametrize("text", FILES + AGGREGATES + STATEMENTS + EXOTIC + LARGE)
def test_hostile_text_is_refused_with_its_place_and_a_fix(text: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        check(text, COLUMNS, where="criterion trap")

    assert refused.value.message.startswith("criterion trap: ")
    assert refused.value.hint
    assert len(refused.value.message) < 300


HARMLESS = ("NULL", "arr IN (arr)", "\x00", *LARGE[6:])
"""Refused only because it is useless, or longer than a person can read."""


@pytest.mark.parametrize(
    "text", [text for text in FILES + AGGREGATES + STATEMENTS + EXOTIC + LARGE if text not in HARMLESS]
)
def test_text_that_nobody_checked_is_refused_by_the_evaluator_too(text: str) -> None:
    with pytest.raises(ConfigurationError):
        expression(text)


def test_text_with_an_address_opens_no_connection() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        address = f"http://127.0.0.1:{server.getsockname()[1]}/x.csv"
        for text in (f"read_csv('{address}')", f"arr IN (SELECT x FROM read_csv('{address}'))"):  # noqa: S608
            with pytest.raises(ConfigurationError):
                FRAME.select(expression(text))

        with pytest.raises(BlockingIOError):
            server.accept()


ACCEPTED = {
    "arr + 1": [11.0, -1.5, None],
    "-(arr + 1) * 2": [-22.0, 3.0, None],
    "arr - (order - 1)": [10.0, -3.5, None],
    "7 / 2": [3.5, 3.5, 3.5],
    "arr % 4": [2.0, -2.5, None],
    "POWER(days_to_renewal, 2)": [1681.0, 0.0, 49.0],
    "ABS(arr)": [10.0, 2.5, None],
    "ROUND(arr / 4, 1)": [2.5, -0.6, None],
    "FLOOR(arr)": [10.0, -3.0, None],
    "CEIL(arr)": [10.0, -2.0, None],
    "SQRT(days_to_renewal * 0 + 9)": [3.0, 3.0, 3.0],
    "LN(EXP(order))": [1.0, 2.0, 3.0],
    "LEAST(arr, days_to_renewal)": [10.0, -2.5, 7.0],
    "GREATEST(arr, 0)": [10.0, 0.0, 0.0],
    "COALESCE(arr, 0)": [10.0, -2.5, 0.0],
    "NULLIF(days_to_renewal, 0)": [41.0, None, 7.0],
    "CASE WHEN is_reference THEN 5 ELSE 2.5 END": [5.0, 2.5, 2.5],
    "CASE WHEN LOWER(tier) = 'gold' THEN 1 WHEN tier LIKE 'it%' THEN 2 END": [1.0, 2.0, None],
    "tier IN ('Gold', 'it''s')": [1.0, 1.0, None],
    "arr BETWEEN 0 AND 10": [1.0, 0.0, None],
    "arr IS NULL": [0.0, 0.0, 1.0],
    "NOT (arr > 0 AND is_reference)": [0.0, 1.0, None],
    "is_reference IS TRUE OR order = 2": [1.0, 1.0, 0.0],
    "NOT is_reference IS FALSE": [1.0, 0.0, 1.0],
    "1e3 + 100000000000000000000 * 0": [1000.0, 1000.0, 1000.0],
}


@pytest.mark.parametrize(("text", "values"), ACCEPTED.items(), ids=ACCEPTED)
def test_what_a_rubric_needs_is_evaluated_by_row(text: str, values: list[float | None]) -> None:
    normal = check(text, COLUMNS, where="here")
    found = FRAME.with_columns(expression(normal).cast(pl.Float64).alias("found"))["found"].to_list()

    assert found == pytest.approx(values)
    assert check(normal, COLUMNS, where="here") == normal


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("days_to_renewl > 3", "did you mean 'days_to_renewal'?"),
        ("arr = NULL", "compares with nothing"),
        ("tier > 1", "not text"),
        ("tier + 1", "not a number"),
        ("arr AND is_reference", "not a condition"),
        ("(arr > 1) + 1", "not a number"),
        ("LOWER(arr) = 'x'", "not text"),
        ("COALESCE(0, arr) > 1", "the same for every row"),
        ("NULLIF(NULL, arr) > 1", "the same for every row"),
        ("1 IS TRUE", "the same for every row"),
    ],
)
def test_what_does_not_fit_together_is_named(text: str, message: str) -> None:
    with pytest.raises(ConfigurationError, match="cap overdue: ") as refused:
        check(text, COLUMNS, where="cap overdue", boolean=True)

    assert message in str(refused.value)


def test_a_condition_is_asked_for_where_one_is_needed() -> None:
    assert check("is_reference", COLUMNS, where="here", boolean=True) == '"is_reference" = 1'
    with pytest.raises(ConfigurationError, match="not a condition"):
        check("arr", COLUMNS, where="here", boolean=True)


def test_the_columns_that_an_expression_reads_are_known() -> None:
    result = checked("arr > 1 AND (tier = 'x' OR order < arr)", COLUMNS, where="here", boolean=True)

    assert result.columns == ("arr", "order", "tier") == columns_of(result.text)
    assert result.type is SignalType.FLAG


def test_comments_do_not_reach_the_evaluator() -> None:
    assert check("arr /* x */ + 1 -- y", COLUMNS, where="here") == '"arr" + 1'


_WORDS = """
arr tier is_reference ( ) , + - * / % < > = <> AND OR NOT IN IS NULL TRUE CASE WHEN THEN ELSE END LIKE BETWEEN
ABS( COALESCE( ROUND( 1 2.5 'x' ' " ; -- [ ] { } . :: SELECT FROM OVER SUM(
"""
_PIECES = st.sampled_from(_WORDS.split())


@settings(deadline=None)
@given(st.lists(_PIECES, max_size=25).map(" ".join) | st.text(max_size=40))
def test_any_text_is_either_refused_in_words_or_evaluated(text: str) -> None:
    try:
        normal = check(text, COLUMNS, where="here")
    except ConfigurationError as refused:
        assert refused.message.startswith("here: ")
        return
    assert FRAME.with_columns(expression(normal).alias("found")).height == 3
    assert check(normal, COLUMNS, where="here") == normal
