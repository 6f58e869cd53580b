"""Detente: one argued priority per customer, and a way to end the argument."""

__version__ = "0.1.0"
