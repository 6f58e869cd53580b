"""Settings as people write them."""

from __future__ import annotations

import pytest
from detente_contracts import ConfigurationError
from detente_salesforce.settings import SalesforceSettings

APP = {"my_domain": "https://acme.my.salesforce.com", "client_id": "3MVG9"}
SECRET = {**APP, "client_secret": {"env": "SF_SECRET"}}
KEY = {**APP, "username": "detente@acme.com", "private_key": {"file": "key.pem"}}


@pytest.mark.parametrize("given", [SECRET, KEY], ids=["client credentials", "JWT bearer"])
def test_an_app_and_one_way_to_sign_in_are_all_that_must_be_given(given: dict[str, object]) -> None:
    settings = SalesforceSettings.read(given, where="detente.yaml")

    assert settings.api_version == "62.0"
    assert settings.mapping.account.customer_key is None


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({**SECRET, "currancy": "EUR"}, "did you mean 'currency'"),
        ({**APP, "client_secret": "s3cret-4711"}, "env: NAME"),
        (APP, "give `client_secret`, or both"),
        ({**APP, "username": "detente@acme.com"}, "give `client_secret`, or both"),
        ({**SECRET, "username": "x", "private_key": {"env": "K"}}, "give `client_secret`, or both"),
        ({**SECRET, "my_domain": "https://login.salesforce.com"}, "the org's own My Domain"),
        ({**SECRET, "my_domain": "https://acme.lightning.force.com/"}, "the org's own My Domain"),
        ({**SECRET, "my_domain": "http://acme.my.salesforce.com"}, "scheme and host alone"),
        ({**SECRET, "my_domain": "acme.my.salesforce.com"}, "scheme and host alone"),
        ({**SECRET, "api_version": "v62"}, "api_version"),
        ({**SECRET, "currency": "euro"}, "currency"),
        ({**SECRET, "read_until": 80}, "read_until"),
        ({**SECRET, "priorities": {"High": "highest"}}, "none of low, normal, high, urgent"),
        ({**SECRET, "mapping": {"account": {"ar": "ARR__c"}}}, "did you mean 'arr'"),
        ({**SECRET, "mapping": {"deal": {"custom": {"stage": "X__c"}}}}, "field of that name"),
    ],
)
def test_a_fault_in_the_settings_is_named_with_its_place(given: dict[str, object], said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        SalesforceSettings.read(given, where="detente.yaml")

    assert said in str(caught.value)
    assert "4711" not in str(caught.value)


def test_a_field_mapped_to_nothing_is_not_asked_for() -> None:
    given = {**SECRET, "mapping": {"account": {"industry": None}}}
    settings = SalesforceSettings.read(given, where="x")

    assert "Industry" not in settings.mapping.account.filled_by()
    assert settings.mapping.deal.filled_by()["Amount"] == ("amount_minor", "amount_currency")
