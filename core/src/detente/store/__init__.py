"""The store: what Detente keeps, on SQLite or PostgreSQL."""
