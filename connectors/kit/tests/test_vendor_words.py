"""What a vendor wrote, as people may be shown it."""

from __future__ import annotations

from detente_connector_kit import vendor_words
from hypothesis import given
from hypothesis import strategies as st


def test_words_stay_and_breaks_and_controls_become_one_space() -> None:
    assert vendor_words("Ask\r\n Kim\x1b\u202efirst ", 40) == "Ask Kim first"


def test_what_is_too_long_is_cut_and_says_so() -> None:
    assert vendor_words("a reason", 4) == "a r…"


@given(st.text(), st.integers(1, 20))
def test_whatever_was_written_is_printable_and_no_longer_than_asked(text: str, longest: int) -> None:
    words = vendor_words(text, longest)

    assert words.isprintable()
    assert len(words) <= longest
