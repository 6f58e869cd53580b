"""Points from Python: what is taken for points, and what the portfolio looks like to a plugin."""

from __future__ import annotations

from typing import Any

import polars as pl
import pytest
from detente.engine.plugins import Plugins, PortfolioFrame
from detente.engine.plugins.failures import PluginFault
from detente.engine.plugins.points import points_series
from detente_contracts import SignalCatalogue
from hypothesis import given
from hypothesis import strategies as st

PORTFOLIO = pl.DataFrame({"customer": ["c1", "c2"], "arr": [1.0, None]})

finite = st.floats(allow_nan=False, allow_infinity=False)


@given(st.lists(finite | st.integers(-(10**15), 10**15) | st.none()))
def test_any_finite_numbers_and_gaps_are_points_as_they_are(values: list[float | None]) -> None:
    assert points_series(values, len(values)).to_list() == values
    assert points_series(tuple(values), len(values)).dtype == pl.Float64


@given(st.lists(finite, min_size=1), st.data())
def test_one_number_that_is_not_finite_spoils_the_answer(values: list[float], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(values) - 1))
    values[place] = data.draw(st.sampled_from([float("nan"), float("inf"), float("-inf")]))

    with pytest.raises(PluginFault, match="not finite"):
        points_series(values, len(values))
    with pytest.raises(PluginFault, match="not finite"):
        points_series(pl.Series(values), len(values))


@pytest.mark.parametrize(
    "series",
    [
        pytest.param(pl.Series([1, None], dtype=pl.Int8), id="whole numbers"),
        pytest.param(pl.Series([1.0, None], dtype=pl.Float32), id="short floats"),
    ],
)
def test_a_column_of_numbers_is_points(series: pl.Series) -> None:
    assert points_series(series, 2).to_list() == [1.0, None]


def test_a_column_without_any_value_is_points_of_nobody() -> None:
    assert points_series(pl.Series([None, None]), 2).to_list() == [None, None]


@pytest.mark.parametrize(
    ("returned", "said"),
    [
        pytest.param("[1.0]", "returned 1 points for 2 customers", id="too few"),
        pytest.param("[1.0, 2.0, 3.0]", "returned 3 points for 2 customers", id="too many"),
        pytest.param("[1.0, float('nan')]", "not finite", id="not a number"),
        pytest.param("['1', '2']", "returned a str", id="text"),
        pytest.param("[True, False]", "returned a bool", id="flags"),
        pytest.param("pl.Series(['1', '2'])", "returned a column of String", id="column of text"),
        pytest.param("None", "returned a NoneType", id="nothing"),
        pytest.param("'12'", "returned a str", id="one text"),
        pytest.param("[10**400, 1]", "raised OverflowError", id="beyond all numbers"),
    ],
)
def test_what_is_not_points_fails_the_criterion_and_no_other(
    installation: Any, returned: str, said: str
) -> None:
    plugins = offering(
        installation,
        f"""
        import polars as pl
        @hookimpl
        def detente_add_criteria(signals):
            return [Criterion(name="bad", title="Bad", frame_function=lambda frame: {returned}),
                    Criterion(name="good", title="Good", function=lambda row: row["arr"])]
        """,
    )

    assert plugins.points("bad", PortfolioFrame(PORTFOLIO)) is None
    (failure,) = plugins.failures
    assert failure.hook == "detente_add_criteria"
    assert failure.message.startswith("criterion bad: ")
    assert said in failure.message
    assert_points(plugins, "good", [1.0, None])


def test_a_criterion_that_nobody_offers_has_no_points(installation: Any) -> None:
    plugins = offering(installation, "")

    assert plugins.points("unheard_of", PortfolioFrame(PORTFOLIO)) is None


def test_values_that_are_not_known_are_null_to_plugins() -> None:
    frame = PortfolioFrame(
        pl.DataFrame(
            {
                "name": ["a", "b", "c", "d"],
                "customer": ["1", "2", "3", "4"],
                "arr": [1.0, 2.0, 3.0, 4.0],
                "arr__state": pl.Series([0, 1, 2, 3], dtype=pl.UInt8),
                "points__arr": [1, 2, 3, 4],
                "score_micro": [1, 2, 3, 4],
                "score_micro_sales": [1, 2, 3, 4],
                "score_sales": [0.1, 0.2, 0.3, 0.4],
            }
        )
    )

    assert frame.columns == ("customer", "name", "arr", "score_sales")
    assert frame.height == 4
    assert [row["arr"] for row in frame.rows()] == [1.0, None, None, None]
    assert pl.DataFrame(frame).equals(frame.frame)


def test_a_plugin_cannot_change_what_the_next_one_sees() -> None:
    frame = PortfolioFrame(PORTFOLIO)
    for row in frame.rows():
        row.clear()  # type: ignore[attr-defined]
    pl.DataFrame(frame).drop_in_place("arr")

    assert [dict(row) for row in frame.rows()] == PORTFOLIO.to_dicts()


def test_tracing_names_each_call_and_no_customer(
    installation: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DETENTE_TRACE_HOOKS", "1")
    plugins = offering(
        installation,
        """
        @hookimpl
        def detente_add_criteria(signals):
            return [Criterion(name="good", title="Good", function=lambda row: 1)]
        """,
    )
    plugins.points("good", PortfolioFrame(PORTFOLIO))

    first, second = capsys.readouterr().err.splitlines()
    assert first.startswith("detente_add_criteria: plugin acme, ") and first.endswith(" s, 1 result")
    assert second.startswith("detente_add_criteria (good): plugin acme, ") and "2 results" in second
    assert "c1" not in first + second


def offering(installation: Any, code: str) -> Plugins:
    """An installation whose one plugin runs in process, asked for its criteria."""
    installation.install("detente-acme", "acme", code)
    plugins: Plugins = installation.load()
    plugins.criteria(SignalCatalogue())
    return plugins


def assert_points(plugins: Plugins, criterion: str, wanted: list[float | None]) -> None:
    series = plugins.points(criterion, PortfolioFrame(PORTFOLIO))
    assert series is not None and series.to_list() == wanted
