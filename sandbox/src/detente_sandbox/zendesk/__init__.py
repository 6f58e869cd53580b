"""A Zendesk Support account, simulated from `zendesk.md` alone."""
