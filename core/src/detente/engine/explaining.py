"""Why a customer stands where it stands, from its receipt alone."""

from __future__ import annotations

import polars as pl
from detente_contracts import ConfigurationError

from detente.engine.naming import customer_named
from detente.engine.policy import Bundle
from detente.engine.rubric.explain import Explanation, explain
from detente.engine.rubric.receipts import decode
from detente.store import bundles, scores
from detente.store.database import Store


def explain_customer(store: Store, text: str) -> Explanation:
    """The latest explanation of the customer that `text` names: an id, an account, or a name.

    Raises: ConfigurationError when there is no such customer, or it was never scored.
    """
    with store.reading() as connection:
        customer = customer_named(connection, text)
        score = scores.score_of(connection, customer)
        if score is None:
            raise ConfigurationError(f"{text!r} was never scored", hint="Run `detente run` first")
        receipt = decode(scores.receipt_of(connection, score.receipt))
        bundle = Bundle.of(bundles.read_bundle(connection, score.bundle))
    row = receipt.row(by_predicate=pl.col("customer") == customer, named=True)
    return explain(bundle, {**row, "as_of": score.as_of})
