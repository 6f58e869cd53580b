"""Where secrets come from, and where tokens may go."""

from __future__ import annotations

from pathlib import Path

import pytest
from detente_connector_kit import SecretSource, checked_base_url
from detente_contracts import ConfigurationError


def test_a_secret_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_TOKEN", " abc \n")

    assert SecretSource(env="CRM_TOKEN").secret() == "abc"


def test_a_secret_comes_from_a_file_and_may_change(tmp_path: Path) -> None:
    kept = tmp_path / "token"
    source = SecretSource(file=kept)
    kept.write_text("one\n")
    assert source.secret() == "one"
    kept.write_text("two\n")

    assert source.secret() == "two"


def test_a_missing_secret_is_named_with_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"NOWHERE_TOKEN.*Set NOWHERE_TOKEN"):
        SecretSource(env="NOWHERE_TOKEN").secret()
    with pytest.raises(ConfigurationError, match=r"missing\.txt.*path"):
        SecretSource(file=tmp_path / "missing.txt").secret()


@pytest.mark.parametrize("text", ["", "  ", "abc\r\nX-Evil: 1", "tökén"])
def test_a_text_that_cannot_be_a_token_is_refused_without_showing_it(tmp_path: Path, text: str) -> None:
    kept = tmp_path / "token"
    kept.write_text(text, "utf-8")

    with pytest.raises(ConfigurationError) as caught:
        SecretSource(file=kept).secret()
    assert not text.strip() or text.strip() not in str(caught.value)


@pytest.mark.parametrize(
    "given",
    ["pat-eu1-4711", {}, {"env": "A", "file": "b"}, {"value": "pat-eu1-4711"}],
    ids=["plain text", "nothing", "two places", "another key"],
)
def test_settings_never_hold_a_secret_themselves(given: object) -> None:
    with pytest.raises(ConfigurationError) as caught:
        SecretSource.read(given, where="settings")
    assert "4711" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://api.example.com/", "http://127.0.0.1:8000", "http://localhost:1/"])
def test_a_token_goes_over_https_or_to_this_machine(url: str) -> None:
    assert checked_base_url(url) == url.rstrip("/")


@pytest.mark.parametrize(
    "url",
    ["http://api.example.com", "ftp://x", "api.example.com", "https://me@x.example", "https://x.example?a=1"],
)
def test_a_token_goes_nowhere_else(url: str) -> None:
    with pytest.raises(ConfigurationError):
        checked_base_url(url)


def test_a_private_key_keeps_its_lines(tmp_path: Path) -> None:
    kept = tmp_path / "key.pem"
    kept.write_text("-----BEGIN PRIVATE KEY-----\nabc\n-----END PRIVATE KEY-----\n")

    assert SecretSource(file=kept).key().count("\n") == 2


def test_what_is_no_private_key_is_refused_without_showing_it(tmp_path: Path) -> None:
    kept = tmp_path / "key.pem"
    kept.write_text("pa55word")

    with pytest.raises(ConfigurationError, match="PEM") as caught:
        SecretSource(file=kept).key()
    assert "pa55word" not in str(caught.value)
