"""Accounts made comparable, one row each."""

from __future__ import annotations

import polars as pl
from detente_contracts import ACCOUNT_COLUMNS

from detente_links.countries import country_code
from detente_links.domains import registered_domain
from detente_links.names import with_comparable_names

_NUMBERS = ("employees",)
_CONTACT_DOMAINS = 3
"""Domains of contacts that count, the most frequent first: further ones are guests'."""


_CROWD = 10
"""Firms of different names in one CRM from which on a host is shared by strangers."""


def comparable_accounts(accounts: pl.DataFrame) -> pl.DataFrame:
    """One row an account, ordered by it, with `place` from 0.

    Besides what `with_comparable_names` gives: `key`, `entity` (the key, else the account), `domain`, `hosts`
    (the domain and those of contacts), `land`, `parent_core`, `is_family` (other firms use its domain too, in
    some CRM) and `is_grouped` (it is some account's parent, or has one).
    """
    texts = [name for name in ACCOUNT_COLUMNS if name not in _NUMBERS]
    frame = accounts.select(pl.col(name).cast(pl.String) for name in texts).sort("account")
    frame = frame.with_row_index("place").with_columns(_text("customer_key").alias("key"))
    frame = frame.with_columns(
        pl.coalesce("key", "account").alias("entity"),
        registered_domain(pl.col("domain")).alias("domain"),
        country_code(pl.col("country")).alias("land"),
        _contact_domains().alias("contacts"),
    )
    frame = with_comparable_names(frame.with_columns(_hosts().alias("hosts")))
    return _with_family(_with_parents(_without_crowded_hosts(frame)))


def _text(column: str) -> pl.Expr:
    bare = pl.col(column).str.strip_chars()
    return pl.when(bare != "").then(bare)


def _contact_domains() -> pl.Expr:
    each = pl.col("contact_domains").fill_null("").str.split(" ").list.head(_CONTACT_DOMAINS)
    return each.list.eval(registered_domain(pl.element())).list.drop_nulls()


def _hosts() -> pl.Expr:
    own = pl.concat_list(pl.col("domain")).list.drop_nulls()
    return own.list.concat(pl.col("contacts")).list.unique(maintain_order=True)


def _without_crowded_hosts(frame: pl.DataFrame) -> pl.DataFrame:
    """Hosts of many firms, such as a free-mail provider that no list knows, are as good as none."""
    hosts = frame.select("connector", "compact", pl.col("hosts").alias("host")).explode("host").drop_nulls()
    firms = hosts.group_by("connector", "host").agg(pl.col("compact").n_unique().alias("firms"))
    crowded = firms.filter(pl.col("firms") >= _CROWD)["host"].unique().sort().to_list()
    if not crowded:
        return frame
    return frame.with_columns(
        pl.when(~pl.col("domain").is_in(crowded)).then("domain").alias("domain"),
        pl.col("hosts").list.set_difference(crowded).alias("hosts"),
    )


def _with_parents(frame: pl.DataFrame) -> pl.DataFrame:
    parents = frame.select(pl.col("account").alias("parent"), pl.col("compact").alias("parent_core"))
    parted = frame["parent"].drop_nulls().unique()
    grouped = pl.col("parent").is_not_null() | pl.col("account").is_in(parted.implode())
    frame = frame.with_columns(grouped.alias("is_grouped"))
    return frame.join(parents, on="parent", how="left", maintain_order="left")


def _with_family(frame: pl.DataFrame) -> pl.DataFrame:
    """Doubles of one firm, under one key or alike in all that is known, are no family."""
    apart = pl.any_horizontal(
        pl.col(name).drop_nulls().n_unique() > 1 for name in ("compact", "land", "form")
    )
    several = apart & (pl.col("entity").n_unique() > 1)
    shared = frame.drop_nulls("domain").group_by("connector", "domain").agg(several.alias("is_family"))
    shared = shared.group_by("domain").agg(pl.col("is_family").any())
    return frame.join(shared, on="domain", how="left", maintain_order="left").with_columns(
        pl.col("is_family").fill_null(False)
    )
