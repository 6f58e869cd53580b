"""The CRM vendors' HTTP APIs, simulated over an invented firm; imports nothing of Detente."""

from detente_sandbox.process import SandboxProcess

__all__ = ["SandboxProcess"]
