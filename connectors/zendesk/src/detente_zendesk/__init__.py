"""Detente's connector to Zendesk."""
