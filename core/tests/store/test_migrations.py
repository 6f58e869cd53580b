"""The migrations make the tables that the code speaks of."""

from __future__ import annotations

from threading import Thread

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from detente.store.database import Store
from detente.store.migrating import FOLDER, NEWEST, revision_of
from detente.store.tables import metadata
from detente_contracts import ConfigurationError
from sqlalchemy import text


def test_migrated_database_has_just_the_tables_of_the_code(empty_url: str) -> None:
    store = Store.open(empty_url)
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})

        assert compare_metadata(context, metadata) == []
    store.close()


def test_newest_revision_is_the_head_of_the_migrations() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))

    assert ScriptDirectory.from_config(config).get_heads() == [NEWEST]


def test_database_of_a_newer_detente_is_refused_and_left_alone(empty_url: str) -> None:
    store = Store.open(empty_url)
    with store.transaction() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    with pytest.raises(ConfigurationError, match="9999"):
        Store.open(empty_url)
    with store.reading() as connection:
        assert revision_of(connection) == "9999"
    store.close()


def test_several_openers_of_a_new_database_make_it_once(empty_url: str) -> None:
    opened: list[Store] = []
    openers = [Thread(target=lambda: opened.append(Store.open(empty_url))) for _ in range(4)]
    for opener in openers:
        opener.start()
    for opener in openers:
        opener.join()

    assert len(opened) == 4
    for store in opened:
        with store.reading() as connection:
            assert revision_of(connection) == NEWEST
        store.close()
