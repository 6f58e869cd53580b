"""An invented firm with its customers, tickets and deals; knows no vendor's words."""

from detente_sandbox.world.generate import generate_world
from detente_sandbox.world.model import World
from detente_sandbox.world.spread import spread

__all__ = ["World", "generate_world", "spread"]
