"""A subset of the vendor's query language that refuses what it does not know."""
