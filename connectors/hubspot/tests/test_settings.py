"""Settings as people write them."""

from __future__ import annotations

import pytest
from detente_contracts import ConfigurationError
from detente_hubspot.settings import HubSpotSettings

TOKEN = {"env": "HUBSPOT_TOKEN"}


def test_a_token_is_all_that_must_be_given() -> None:
    settings = HubSpotSettings.read({"token": TOKEN}, where="detente.yaml")

    assert (settings.base_url, settings.api_version) == ("https://api.hubapi.com", "2026-03")
    assert settings.mapping.account.customer_key is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"tokn": TOKEN}, "did you mean 'token'"),
        ({"token": "pat-eu1-4711"}, "env: NAME"),
        ({"token": TOKEN, "api_version": "v4"}, "api_version"),
        ({"token": TOKEN, "currency": "euro"}, "currency"),
        ({"token": TOKEN, "priorities": {"LOW": "lowest"}}, "none of low, normal, high, urgent"),
        ({"token": TOKEN, "mapping": {"account": {"ar": "arr"}}}, "did you mean 'arr'"),
        ({"token": TOKEN, "mapping": {"account": {"custom": {"name": "x"}}}}, "field of that name"),
        ({"token": TOKEN, "mapping": {"account": {"custom": {"My Field": "x"}}}}, "lower case"),
    ],
)
def test_a_fault_in_the_settings_is_named_with_its_place(given: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        HubSpotSettings.read(given, where="detente.yaml")

    assert said in str(caught.value)
    assert "4711" not in str(caught.value)


def test_a_field_mapped_to_nothing_is_not_asked_for() -> None:
    settings = HubSpotSettings.read({"token": TOKEN, "mapping": {"account": {"industry": None}}}, where="x")

    assert "industry" not in settings.mapping.account.filled_by()
    assert settings.mapping.ticket.filled_by()["hs_pipeline"] == ("is_open",)
