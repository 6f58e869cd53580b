"""Linking: which accounts are one customer, by key, by evidence, and by what people decide."""

from detente.engine.linking.identities import mint_customer
from detente.engine.linking.stage import Linked, LinkRules, link_accounts

__all__ = ["LinkRules", "Linked", "link_accounts", "mint_customer"]
