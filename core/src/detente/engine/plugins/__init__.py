"""Plugins: found, loaded one by one, called alone, and named when they fail."""

from detente.engine.plugins.failures import PluginFailure
from detente.engine.plugins.frames import PortfolioFrame
from detente.engine.plugins.offers import HookResult
from detente.engine.plugins.registry import PluginInfo, Plugins

__all__ = ["HookResult", "PluginFailure", "PluginInfo", "Plugins", "PortfolioFrame"]
