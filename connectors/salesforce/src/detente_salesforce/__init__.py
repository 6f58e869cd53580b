"""Detente's connector to Salesforce."""
