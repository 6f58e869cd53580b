"""A portfolio to try rules on: the fixture's, or the one read last. It is copied and never changed."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from detente_contracts import Clock, ConfigurationError, PluginSettings, Settings

from detente.clock import StandingClock, SystemClock
from detente.engine.fixture import AS_OF
from detente.engine.opening import open_engine, open_offline
from detente.engine.plugins.host_process import HostProcess
from detente.engine.run import read
from detente.engine.scratch import embedded_store, scratch_copy
from detente.engine.stages import Stages
from detente.engine.starting import start_fixture
from detente.engine.steps import Direct
from detente.engine.trying.assessment import Assessment, assess
from detente.settings import has_settings, read_settings, settings_or_stock
from detente.store import runs

_READ = "read"


@dataclass(frozen=True, slots=True)
class Bench:
    """Records in the SQLite file `store`, scored as of `as_of` under the settings of the folder `home`.

    `title` says whose customers these are.
    """

    title: str
    home: Path
    settings: Settings
    store: Path
    as_of: datetime
    clock: Clock

    def assess(
        self, plugins: PluginSettings, *, host: HostProcess | None = None, customer: str = ""
    ) -> Assessment:
        """The whole portfolio with these plugins; `host` is one that was started ahead, and is closed.

        `customer` asks for one by id, account or name.

        Raises: ConfigurationError when settings, policy or plugins cannot be used.
        """
        settings = self.settings.model_copy(update={"plugins": plugins})
        with (
            scratch_copy(self.store) as scratch,
            open_offline(self.home, scratch, settings, clock=self.clock, host=host) as engine,
        ):
            return assess(engine, self.as_of, customer)

    def under(self, settings: Settings) -> Bench:
        """The same records under other settings; the connectors stay those that were read."""
        connectors = self.settings.connectors
        return replace(self, settings=settings.model_copy(update={"connectors": connectors}))


def own_bench(home: Path) -> Bench:
    """The portfolio that was read last in the folder `home`, as of its latest run.

    Raises: ConfigurationError when nothing was read there yet.
    """
    if not has_settings(home):
        hint = "Name another folder with --home, or try it on invented customers with --fixture"
        raise ConfigurationError(f"{home.resolve()} is no installation", hint=hint)
    settings = read_settings(home)
    path = embedded_store(settings, home)
    latest = _latest_run(path) if path.exists() else None
    if latest is None:
        hint = "Run `detente run` first, or try it on invented customers with --fixture"
        raise ConfigurationError(f"no run has read any customer in {home.resolve()}", hint=hint)
    return Bench("your customers", home, settings, path, latest, SystemClock())


@contextmanager
def fixture_bench(home: Path) -> Iterator[Bench]:
    """The fixture portfolio under the rules of `home`; without settings there, under the stock ones.

    Raises: ConfigurationError when the connector that reads the fixture is not installed.
    """
    settings = settings_or_stock(home)
    with tempfile.TemporaryDirectory(prefix="detente-fixture-") as name:
        folder = Path(name)
        start_fixture(folder)
        clock = StandingClock(AS_OF)
        with open_engine(folder, clock=clock) as engine:
            stages = Stages(engine)
            read(stages, Direct(), _READ, stages.begin(_READ, AS_OF.isoformat()))
            connectors = engine.settings.connectors
            store = embedded_store(engine.settings, folder)
        fixed = settings.model_copy(update={"connectors": connectors})
        yield Bench("invented customers", home, fixed, store, AS_OF, clock)


def _latest_run(path: Path) -> datetime | None:
    with scratch_copy(path) as store, store.reading() as connection:
        latest = next(iter(runs.last_runs(connection, 1)), None)
    return latest.as_of if latest else None
