"""Explanations and reasons say in people's words what the receipt holds, and their numbers add up."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import polars as pl
import pytest
from detente.engine.policy import Bundle, Policy
from detente.engine.rubric.compile import compile_rubric
from detente.engine.rubric.evaluate import evaluate
from detente.engine.rubric.explain import Explanation, Line, LineKind, as_json, as_text, explain, reason
from detente.engine.rubric.receipts import bundle_hash, decode, encode
from detente.engine.rubric.wording import plain
from detente_contracts import Kind, Merge, Rubric, Signal, SignalCatalogue, SignalType
from hypothesis import given, settings
from hypothesis import strategies as st

NOW = datetime(2026, 11, 22, 5, tzinfo=UTC)
MICRO = 1_000_000


def a_signal(name: str, title: str, unit: str, type_: SignalType = SignalType.NUMBER) -> Signal:
    return Signal(
        name=name, title=title, unit=unit, type=type_, kind=Kind.ACCOUNT, value="1", merge=Merge.FIRST
    )


CATALOGUE = SignalCatalogue(
    signals=(
        a_signal("days", "days to renewal", "days"),
        a_signal("breaches", "breached tickets", "tickets"),
        a_signal("arr", "annual value", "EUR"),
        a_signal("reference", "reference", "", SignalType.FLAG),
        a_signal("tier", "support tier", "", SignalType.TEXT),
    )
)
CRITERIA: list[dict[str, Any]] = [
    {
        "name": "renewal",
        "title": "Renewal",
        "signal": "days",
        "phrase": "renewal in {value}",
        "phrase_below_zero": "renewal {value} overdue",
    },
    {
        "name": "service",
        "title": "Service",
        "signal": "breaches",
        "phrase": "{value} in 90 days",
        "weight": 0.8,
    },
    {"name": "value", "title": "Contract", "signal": "arr", "phrase": "{value} a year", "weight": 0.5},
    {"name": "voice", "title": "Reference customer", "signal": "reference", "weight": 0.3},
    {"name": "tier", "title": "Tier", "signal": "tier", "phrase": "{value} support", "weight": 0.2},
]
SCALES: dict[str, dict[str, Any]] = {
    "days": {"expression": "100 - days"},
    "breaches": {"expression": "30 * breaches"},
    "arr": {"expression": "arr / 20000"},
    "reference": {"lookup": {"yes": 70, "no": 0}},
    "tier": {"lookup": {"gold": 40, "none": -60}},
}


def a_bundle(**changes: Any) -> Bundle:
    criteria = [{"weight": 1, "scale": SCALES[item["signal"]], **item} for item in CRITERIA]
    content = {
        "name": "r",
        "title": "R",
        "criteria": criteria,
        "bands": [{"name": "P2", "up_to": 70}, {"name": "P1"}],
        "lenses": [{"name": "sales", "title": "Sales", "incentive": "new business", "weights": {"value": 1}}],
        **changes,
    }
    rubric = Rubric.model_validate(content)
    return Bundle.build(Policy(), rubric, compile_rubric(rubric, [], CATALOGUE), {})


KNOWN: dict[str, Any] = {"days": 41.0, "breaches": 3.0, "arr": 1_234_567.4, "reference": 1.0, "tier": "gold"}


def explained(bundle: Bundle, states: dict[str, int] | None = None, **values: Any) -> Explanation:
    """The explanation of a customer; what is not given is as in `KNOWN`."""
    columns: dict[str, Any] = {"customer": ["c1"], "name": ["Acme"]}
    for name, value in {**KNOWN, **values}.items():
        told = (states or {}).get(name, 1 if value is None else 0)
        columns[name] = pl.Series([value], dtype=pl.String if name == "tier" else pl.Float64)
        columns[f"{name}__state"] = pl.Series([told], dtype=pl.UInt8)
    scored = decode(encode(bundle.hash, evaluate(bundle.plan, pl.DataFrame(columns), {})))
    return explain(bundle, {**scored.row(0, named=True), "as_of": NOW})


def a_reason(told: Explanation, up: int | None = None, contested: str = "", decides: str = "") -> str:
    return reason(told, up=up, contested=contested, decides=decides)


def test_a_receipt_names_its_policy_and_comes_back_as_it_was() -> None:
    frame = pl.DataFrame({"customer": ["a", "b"], "points__x": [1, None], "score_micro": [5, 6]})
    receipt = encode("f" * 64, frame)

    assert decode(receipt).equals(frame)
    assert bundle_hash(receipt) == "f" * 64


def test_equal_contents_make_equal_receipts_however_they_came_about() -> None:
    whole = pl.DataFrame({"customer": ["a", "b", "c"], "score_micro": [1, 2, 3]})
    in_parts = pl.concat([whole.head(1), whole.tail(2)], rechunk=False)
    masked = whole.with_columns(pl.when(pl.col("score_micro") > 0).then(pl.col("score_micro")))

    assert encode("h", whole) == encode("h", in_parts) == encode("h", masked.select(whole.columns[::-1]))
    assert encode("h", whole) != encode("g", whole)


def test_lines_and_50_add_up_to_the_score() -> None:
    told = explained(a_bundle(), days=None)

    assert 50 * MICRO + sum(line.points_micro for line in told.lines) == told.score_micro
    assert 500 + sum(told.tenths) == round(told.score * 10)


@settings(deadline=None)
@given(st.lists(st.integers(-30 * MICRO, 30 * MICRO), max_size=12))
def test_the_numbers_that_people_see_add_up(parts: list[int]) -> None:
    lines = tuple(Line("t", "s", part, LineKind.CRITERION) for part in parts)
    total = 50 * MICRO + sum(parts)
    told = replace(
        explained(a_bundle()), lines=lines, score_micro=total, score=((total + 50_000) // 100_000) / 10
    )

    assert 500 + sum(told.tenths) == round(told.score * 10)
    assert all(abs(tenth - part / 100_000) < 1 for tenth, part in zip(told.tenths, parts, strict=True))


def test_text_reads_without_internal_names_and_with_units_strongest_first() -> None:
    text = as_text(explained(a_bundle(), arr=None, states={"arr": 2}))
    said = [text.index(part) for part in ("3 tickets in 90 days", "renewal in 41 days", "Reference customer")]

    assert text.startswith("Acme: P1, ")
    assert said == sorted(said)
    assert "Contract (annual value is hidden from Detente)" in text
    assert not re.search(r"__|_micro|\bbreaches\b|None|null", text)


def test_shown_sums_in_the_text_are_right() -> None:
    text = as_text(explained(a_bundle(), days=97.3, arr=777_777))
    numbers = [
        float(found) for found in re.findall(r"^ {2,}([+-]?\d+\.\d)  ", text.partition("------")[0], re.M)
    ]
    total = re.search(r"^ +(\d+\.\d)  points$", text, re.M)

    assert total and round(sum(numbers), 1) == float(total[1])


def test_a_cap_and_the_limits_are_lines_of_their_own() -> None:
    caps = [{"name": "late", "title": "Payment overdue", "when": "days < 50", "at_most": 60}]
    told = explained(a_bundle(caps=caps))
    cap = told.lines[-1]

    assert (cap.title, cap.said, cap.kind) == ("Payment overdue", "the score is at most 60", LineKind.CAP)
    assert told.score == 60.0


def test_data_for_machines_holds_the_same() -> None:
    told = explained(a_bundle())
    data = as_json(told)

    assert (data["score"], data["band"], data["as_of"]) == (told.score, "P1", "2026-11-22T05:00:00Z")
    assert [line["points_micro"] for line in data["lines"]] == [line.points_micro for line in told.lines]  # type: ignore[attr-defined]


def test_a_reason_names_the_three_strongest_then_what_is_contested() -> None:
    text = a_reason(explained(a_bundle()), 12, "support says P3", "the committee decides by Thu 14:00")

    assert text == (
        "84 (up 12): 3 tickets in 90 days +13; renewal in 41 days +11; 1,234,567 EUR a year +6. "
        "Contested: support says P3; the committee decides by Thu 14:00."
    )


@pytest.mark.parametrize(
    ("up", "head"), [(None, "84: "), (0, "84: "), (-4, "84 (down 4): "), (1, "84 (up 1): ")]
)
def test_a_reason_says_which_way_the_score_moved(up: int | None, head: str) -> None:
    assert a_reason(explained(a_bundle()), up).startswith(head)


def test_a_reason_without_contributions_says_so() -> None:
    nothing = explained(a_bundle(), **dict.fromkeys(KNOWN))

    assert a_reason(nothing) == "50: nothing speaks for or against."


def test_units_are_in_the_singular_for_one() -> None:
    text = as_text(explained(a_bundle(), days=1.0, breaches=1.0, arr=1.0, reference=0.0))

    assert "renewal in 1 day\n" in text and "1 ticket in 90 days" in text and "1 EUR a year" in text


def test_a_value_below_zero_is_said_in_words_of_its_own() -> None:
    assert "renewal 46 days overdue" in as_text(explained(a_bundle(), days=-46.0))


def test_an_options_internal_value_is_read_as_words() -> None:
    bundle = a_bundle(
        criteria=[{**CRITERIA[4], "weight": 1, "scale": {"lookup": {"always_on": 40, "no": 0}}}], lenses=[]
    )

    assert "always on support" in as_text(explained(bundle, tier="always_on"))


def test_text_from_the_crm_stays_one_plain_line() -> None:
    criteria = [{"name": "t", "title": "T", "signal": "tier", "phrase": "{value} {x.__class__} {title}"}]
    scale = {"expression": "CASE WHEN tier IS NULL THEN NULL ELSE 90 END"}
    bundle = a_bundle(criteria=[{**criteria[0], "weight": 1, "scale": scale}], lenses=[])
    text = a_reason(explained(bundle, tier="a\r\nb\x00\u202e{title}{value}\u2028c\x1b[31m"))

    assert text == "95: a b{title}{value} c[31m {x.__class__} T +45."


TEXTS = st.text(max_size=90) | st.text(st.characters(categories=["Lu", "Ll"]), max_size=120)


@settings(deadline=None)
@given(
    st.lists(st.tuples(TEXTS, st.integers(-50, 50)), max_size=6),
    TEXTS,
    TEXTS,
    st.none() | st.integers(-99, 99),
)
def test_a_reason_fits_its_field_and_is_never_cut_inside_a_statement(
    parts: list[tuple[str, int]], contested: str, decides: str, up: int | None
) -> None:
    lines = tuple(Line("t", f"x{said}", points * MICRO, LineKind.CRITERION) for said, points in parts)
    told = replace(explained(a_bundle()), lines=lines)
    text = a_reason(told, up, contested, decides)
    kept = [f"{plain(line.said)} {line.points_micro // MICRO:+d}" for line in told.strongest[:3]]
    bodies = {"; ".join(kept[:count]) for count in range(1, len(kept) + 1)}
    bodies |= {"nothing speaks for or against"} if not kept else {""}
    dispute = [part.rstrip(".") for part in (plain(contested), plain(decides)) if part.rstrip(".")]
    endings = {"", *(f" Contested: {'; '.join(dispute[:count])}." for count in range(1, len(dispute) + 1))}

    heads = ("84", f"84 (up {up})", f"84 (down {-(up or 0)})")
    starts = {f"{head}: {body}." if body else f"{head}." for head in heads for body in bodies}

    assert len(text) <= 255 and text.isprintable()
    assert text in {start + end for start in starts for end in endings}
