"""Settings as people write them."""

from __future__ import annotations

import pytest
from detente_contracts import ConfigurationError
from detente_zendesk.settings import ZendeskSettings

CLIENT = {"id": "detente", "secret": {"env": "ZENDESK_SECRET"}}
LEAST: dict[str, object] = {"subdomain": "acme", "client": CLIENT}
API_TOKEN = {"email": "a@acme.example", "token": {"env": "ZENDESK_TOKEN"}}


def test_an_account_and_a_client_are_all_that_must_be_given() -> None:
    settings = ZendeskSettings.read(LEAST, where="detente.yaml")

    assert settings.address == "https://acme.zendesk.com"
    assert settings.client is not None
    assert settings.client.scope == "read tickets:write organizations:write"
    assert settings.mapping.account.customer_key == "external_id"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"subdmain": "acme"}, "did you mean 'subdomain'"),
        ({"subdomain": "acme.zendesk.com"}, "subdomain"),
        ({"subdomain": "evil.example/"}, "subdomain"),
        ({"client": {"id": "detente", "secret": "4711"}}, "env: NAME"),
        ({"client": {**CLIENT, "scope": "read,write"}}, "scope"),
        ({"client": None}, "one of `client` and `api_token`"),
        ({"api_token": API_TOKEN}, "one of `client` and `api_token`"),
        ({"currency": "euro"}, "currency"),
        ({"mapping": {"account": {"arr": "arr"}}}, "name the `currency`"),
        ({"mapping": {"account": {"ar": "arr"}}}, "did you mean 'arr'"),
        ({"mapping": {"deal": {}}}, "known: account, contact, ticket"),
        ({"mapping": {"ticket": {"custom": {"subject": "x"}}}}, "field of that name"),
        ({"resolution_metrics": ["reply_time"]}, "none of resolution_time"),
    ],
)
def test_a_fault_in_the_settings_is_named_with_its_place(given: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        ZendeskSettings.read({**LEAST, **given}, where="detente.yaml")

    assert said in str(caught.value)
    assert "4711" not in str(caught.value)


def test_a_field_mapped_to_nothing_is_not_read() -> None:
    mapping = {"account": {"domain": None}, "ticket": {"custom": {"mood": "Customer mood"}}}
    settings = ZendeskSettings.read({**LEAST, "mapping": mapping}, where="x")

    assert "domain_names" not in settings.mapping.account.filled_by()
    assert settings.mapping.ticket.filled_by()["Customer mood"] == ("custom.mood",)
    assert settings.mapping.ticket.filled_by()["reply_time_in_minutes"] == ("first_reply_at",)
