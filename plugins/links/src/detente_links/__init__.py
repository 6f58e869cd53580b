"""Proposes which accounts of different CRMs are one customer, with evidence."""
