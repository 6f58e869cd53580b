"""Drawings say what the numbers say: nothing outside the picture, nothing out of proportion."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from detente.web.drawing import histogram, sparkline, strip
from hypothesis import given
from hypothesis import strategies as st

START = datetime(2026, 3, 2, tzinfo=UTC)
scores = st.floats(0, 100, allow_nan=False)
counts = st.dictionaries(
    st.tuples(st.integers(0, histogram.BINS - 1), st.integers(0, 3)), st.integers(1, 10_000), max_size=30
)


@given(counts)
def test_blocks_are_as_high_as_their_counts_and_stand_on_each_other(
    counted: dict[tuple[int, int], int],
) -> None:
    blocks = histogram.histogram(counted, ["P1", "P2", "P3", "P4"])
    heights = {key: block.height for key, block in zip(sorted(counted), blocks, strict=True)}
    tallest = max((sum(n for (place, _), n in counted.items() if place == x) for x, _ in counted), default=1)

    assert all(block.x >= 0 and block.x + block.width <= histogram.WIDTH for block in blocks)
    assert all(block.y >= -0.5 and block.y + block.height <= histogram.HEIGHT + 0.5 for block in blocks)
    for key, count in counted.items():
        assert abs(heights[key] - count / tallest * (histogram.HEIGHT - 2)) < 0.01


def test_blocks_of_one_bin_do_not_overlap() -> None:
    lower, upper = histogram.histogram({(7, 0): 3, (7, 2): 1}, ["P1", "P2", "P3"])

    assert lower.y + lower.height == histogram.HEIGHT
    assert upper.y + upper.height == lower.y
    assert lower.height == 3 * upper.height


@given(st.lists(scores, max_size=6))
def test_every_lens_lies_on_the_line_between_the_furthest_two(found: list[float]) -> None:
    drawn = strip.strip([(f"lens {place}", score) for place, score in enumerate(found)])

    assert len(drawn.marks) == len(found)
    assert all(0 < drawn.low <= mark.x <= drawn.high < strip.WIDTH for mark in drawn.marks)


def test_lenses_differ_in_shape_and_not_in_colour_alone() -> None:
    drawn = strip.strip([("Sales", 10.0), ("Support", 10.0), ("Product", 10.0), ("Finance", 10.0)])

    assert len({mark.shape for mark in drawn.marks}) == 4


@given(st.lists(scores, min_size=1, max_size=30))
def test_a_score_lies_higher_the_more_points_it_has_and_later_ones_lie_to_the_right(
    found: list[float],
) -> None:
    drawn = sparkline.sparkline([(START + timedelta(days=day), s, "b") for day, s in enumerate(found)])

    assert 0 <= drawn.low < drawn.high <= 100
    assert all(0 <= point.y <= sparkline.HEIGHT for point in drawn.points)
    assert [point.x for point in drawn.points] == sorted(point.x for point in drawn.points)
    higher = [a.y <= b.y + 0.01 for a, s in zip(drawn.points, found, strict=True)
              for b, t in zip(drawn.points, found, strict=True) if s >= t]  # fmt: skip
    assert all(higher)


def test_a_small_move_looks_small() -> None:
    drawn = sparkline.sparkline([(START, 70.0, "b"), (START + timedelta(days=1), 70.4, "b")])

    assert drawn.high - drawn.low == 10
    assert drawn.points[0].y - drawn.points[1].y < sparkline.HEIGHT / 20


def test_a_change_of_policy_is_marked_where_the_new_one_first_scored() -> None:
    days = [(START + timedelta(days=day), 50.0, bundle) for day, bundle in enumerate("aabbc")]
    drawn = sparkline.sparkline(days)

    assert drawn.changes == (drawn.points[2].x, drawn.points[4].x)


def test_nothing_to_draw_is_an_empty_drawing() -> None:
    assert histogram.histogram({}, []) == []
    assert strip.strip([]).marks == ()
    assert sparkline.sparkline([]).points == ()
