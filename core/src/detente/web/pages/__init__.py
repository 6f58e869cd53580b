"""Addresses: what may be asked of each page, and which view and template answer it."""
