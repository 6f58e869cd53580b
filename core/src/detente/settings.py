"""Read `detente.yaml`."""

from __future__ import annotations

from pathlib import Path

import yaml
from detente_contracts import ConfigurationError, Settings

from detente.yaml_loader import SAFE

FILE = "detente.yaml"
STOCK_RUBRIC = "b2b"
"""The rubric that scores where no settings name one."""


def has_settings(home: Path) -> bool:
    """Whether the folder `home` is an installation."""
    return (home / FILE).exists()


def settings_path(home: Path) -> Path:
    """Where the settings of `home` lie.

    Raises: ConfigurationError when there are none.
    """
    path = home / FILE
    if not path.is_file():
        raise ConfigurationError(
            f"no {FILE} in {home.resolve()}", hint="Run `detente init` there, or pass --home FOLDER"
        )
    return path


def read_settings(home: Path) -> Settings:
    """The settings of the folder `home`.

    Raises: ConfigurationError naming file, line or key when the text cannot be used.
    """
    path = settings_path(home)
    try:
        data = yaml.load(path.read_bytes(), Loader=SAFE)  # noqa: S506 - it is safe
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        problem = getattr(error, "problem", None) or "not YAML in UTF-8"
        raise ConfigurationError(f"{FILE}{line}: {problem}", hint="Correct the file") from None
    return Settings.read(data or {}, where=FILE)


def settings_or_stock(home: Path) -> Settings:
    """The settings of the folder `home`; without any there, the stock rubric and no connector.

    Raises: ConfigurationError as `read_settings` does, when there are settings that cannot be used.
    """
    if has_settings(home):
        return read_settings(home)
    return Settings(organisation="Your organisation", connectors={}, rubric=STOCK_RUBRIC)


def database_url(settings: Settings, home: Path) -> str:
    """The store's URL: PostgreSQL if the settings name one, else SQLite in the state folder."""
    if settings.database:
        return settings.database
    return f"sqlite:///{(home / settings.state / 'detente.sqlite').resolve()}"
