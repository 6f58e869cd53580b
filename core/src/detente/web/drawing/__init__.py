"""Drawings as numbers that templates put into SVG; nothing here knows HTML."""
