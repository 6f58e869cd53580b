"""An invented firm with its customers, tickets and deals; knows no vendor's words."""

from detente_sandbox.world.generate import generate_world
from detente_sandbox.world.model import World

__all__ = ["World", "generate_world"]
