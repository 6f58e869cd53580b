"""Look at everything that a run needs, and change nothing."""

from __future__ import annotations

from pathlib import Path

from detente_contracts import DetenteError, Finding, Severity

from detente.engine.opening import Engine, open_engine


def examine(home: Path) -> list[Finding]:
    """Findings on policy, plugins and every connector, in that order.

    Raises: ConfigurationError when settings or policy cannot be read at all.
    """
    with open_engine(home) as engine:
        findings = [_policy(engine)]
        findings += [
            Finding(Severity.ERROR, f"plugin {item.plugin}", item.message, "See `detente plugins`")
            for item in engine.plugins.failures
        ]
        for name, connector in engine.connectors.items():
            try:
                findings += connector.check()
            except DetenteError as error:
                findings.append(Finding(Severity.ERROR, name, error.message, error.hint))
    return findings


def _policy(engine: Engine) -> Finding:
    rules = engine.rules
    text = (
        f"rubric {rules.rubric.name} with {len(rules.plan.criteria)} criteria, "
        f"{len(rules.catalogue.signals)} signals, bundle {rules.bundle.hash[:12]}"
    )
    return Finding(Severity.OK, "policy", text)
