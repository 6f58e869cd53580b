"""Pages, server-rendered: they only read, and need no script."""
