"""What `doctor` finds about the installation itself: settings, plugins, policy, database, clock, address."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from ipaddress import ip_address
from urllib.parse import urlsplit

from detente_contracts import Clock, Finding, Settings, Severity

from detente.clock import SystemClock
from detente.engine.opening import Ruleset
from detente.engine.plugins import Plugins
from detente.engine.policy import SHIPPED, Policy
from detente.store import checkpoints, records, runs
from detente.store.database import Store

_NAMED_OFFICES = 3


def settings_finding(settings: Settings) -> Finding:
    """What the settings name."""
    count = len(settings.connectors)
    if not count:
        hint = "Add one under `connectors`, as `detente init` writes it"
        return Finding(Severity.WARNING, "settings", "no connector is named: nothing is read", hint)
    reading = [name for name, entry in settings.connectors.items() if not entry.writes]
    silent = f"; nothing is written to {', '.join(reading)}" if reading else ""
    return Finding(Severity.OK, "settings", f"{count} connector{'s' if count != 1 else ''}{silent}")


def plugin_findings(plugins: Plugins) -> list[Finding]:
    """Each plugin that failed; without failures how many there are."""
    hint = "Correct the plugin, or name it under `plugins.disabled`"
    failed = [
        Finding(Severity.ERROR, f"plugin {item.plugin}", f"{item.hook}: {item.message}", hint)
        for item in plugins.failures
    ]
    names = [item.name for item in plugins.listing()]
    return failed or [Finding(Severity.OK, "plugins", f"{len(names)} loaded: {', '.join(names)}")]


def policy_findings(rules: Ruleset) -> list[Finding]:
    """The rubric in force, criteria that nobody offers, and roles that no person holds yet."""
    text = (
        f"rubric {rules.rubric.name} with {len(rules.plan.criteria)} criteria and "
        f"{len(rules.policy.triggers)} triggers, bundle {rules.bundle.hash[:12]}"
    )
    missing = [
        Finding(
            Severity.WARNING,
            f"criterion {name}",
            "is in the rubric, but no plugin offers it: it counts as unknown",
            "Install the plugin that offers it, or take it out of the rubric",
        )
        for name in rules.plan.unoffered
    ]
    return [Finding(Severity.OK, "policy", text), *missing, *_offices(rules)]


def _offices(rules: Ruleset) -> Iterator[Finding]:
    shipped = [
        role.title
        for name, role in rules.policy.roles.items()
        if rules.policy.places.get(("roles", name), "").startswith(SHIPPED)
    ]
    if shipped:
        more = len(shipped) - _NAMED_OFFICES
        named = ", ".join(shipped[:_NAMED_OFFICES]) + (f" and {more} more" if more > 0 else "")
        yield Finding(
            Severity.WARNING,
            "people",
            f"cases go to offices and not to people: {named}",
            "Put your people into policy/people.yaml",
        )


def database_findings(store: Store, settings: Settings) -> list[Finding]:
    """That the store opens, and the run that is latest in it."""
    kind = "PostgreSQL" if settings.database else "SQLite"
    with store.reading() as connection:
        latest = next(iter(runs.last_runs(connection, 1)), None)
    said = f"{kind}; the latest run is {latest.id}, {latest.status}" if latest else f"{kind}; no run yet"
    return [Finding(Severity.OK, "database", said)]


def clock_findings(store: Store, clock: Clock) -> Iterator[Finding]:
    """A clock that went back behind the latest run, or one that is simulated."""
    now = clock.now()
    with store.reading() as connection:
        latest = next(iter(runs.last_runs(connection, 1)), None)
    if latest and latest.started_at > now:
        yield Finding(
            Severity.ERROR,
            "clock",
            f"it is {_when(now)} here, before the latest run began ({_when(latest.started_at)})",
            "Let this machine follow a time server; due times and scores go by its clock",
        )
    elif not isinstance(clock, SystemClock):
        hint = "Remove `clock` from the settings, unless this is a trial"
        yield Finding(Severity.WARNING, "clock", "a simulation's clock is followed", hint)
    else:
        yield Finding(Severity.OK, "clock", _when(now))


def public_url_findings(settings: Settings) -> Iterator[Finding]:
    """Where reps would reach a receipt."""
    subject, url = "public_url", settings.public_url
    if not url:
        yield Finding(Severity.OK, subject, "not set, so the field with the link stays empty")
        return
    scheme, host = _parts(url)
    if scheme not in ("http", "https") or not host:
        hint = "Write it like https://detente.example.com"
        yield Finding(Severity.ERROR, subject, f"{url!r} is no web address", hint)
    elif _is_here(host):
        hint = "Name the address under which reps reach this machine"
        yield Finding(Severity.WARNING, subject, f"{url} leads every rep to a machine of its own", hint)
    elif scheme == "http":
        hint = "Put a proxy with a certificate in front, and write https"
        yield Finding(Severity.WARNING, subject, f"{url} is not encrypted", hint)
    else:
        yield Finding(Severity.OK, subject, url)


def reading_finding(store: Store, connector: str, *, clock: Clock, policy: Policy) -> Finding:
    """When the connector was last read to its end, and whether that is too long ago."""
    with store.reading() as connection:
        points = checkpoints.checkpoints_of(connection, [connector])
    if not points:
        return Finding(Severity.OK, "reading", "was never read yet")
    hint = "Run `detente run`; until then its values count as unknown"
    whole_at = [point.caught_up_at for point in points.values() if point.caught_up_at is not None]
    if len(whole_at) < len(points):
        return Finding(Severity.WARNING, "reading", "was never read to its end", hint)
    oldest = min(whole_at)
    if oldest < clock.now() - timedelta(hours=policy.stale_after_hours):
        return Finding(Severity.WARNING, "reading", f"was last read {_when(oldest)}, too long ago", hint)
    return Finding(Severity.OK, "reading", f"was last read {_when(oldest)}")


def forgotten_findings(store: Store, settings: Settings) -> Iterator[Finding]:
    """Connectors whose records are kept though the settings name them no more."""
    with store.reading() as connection:
        counts = records.count_records(connection)
    for name in sorted({name for name, _ in counts} - set(settings.connectors)):
        count = sum(number for (connector, _), number in counts.items() if connector == name)
        yield Finding(
            Severity.WARNING,
            f"connector {name}",
            f"is in the settings no more: {count:,} of its records are left out",
            "Name it again as it was called, if it was renamed by mistake",
        )


def _when(instant: datetime) -> str:
    return f"{instant:%d %b %Y %H:%M} UTC".lstrip("0")


def _parts(url: str) -> tuple[str, str]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname or ""
    except ValueError:
        return "", ""


def _is_here(host: str) -> bool:
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
