"""The engine: reading, linking, scoring, detecting, escalating, planning, writing back."""
