"""Writing back: what should stand in the CRMs, what differs, applying it, and taking it back."""
