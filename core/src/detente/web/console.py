"""What the pages stand on: one store to read, one clock, the service beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property

from jinja2 import Environment

from detente.engine.serving.hosting import Hosted
from detente.store.database import Store
from detente.web.rendering import environment
from detente.web.views.snapshot import Snapshots


@dataclass(frozen=True)
class Console:
    """The pages of one hosted service; they read and change nothing."""

    hosted: Hosted
    templates: Environment = field(default_factory=environment)

    @cached_property
    def snapshots(self) -> Snapshots:
        """The portfolio in memory."""
        return Snapshots(self.store, list(self.hosted.settings.connectors))

    @property
    def store(self) -> Store:
        """What is read."""
        return self.hosted.store

    @property
    def zone(self) -> str:
        """The zone of every time on the pages."""
        return self.hosted.settings.serve.zone

    def now(self) -> datetime:
        """The present."""
        return self.hosted.clock.now()

    def page(self, template: str, here: str, said: Mapping[str, object]) -> str:
        """HTML of a page; `here` is the part of the site that it belongs to."""
        return self.templates.get_template(template).render(
            {
                **said,
                "here": here,
                "zone": self.zone,
                "organisation": self.hosted.settings.organisation,
                "activity": self.hosted.service.activity,
            }
        )
