"""What each page says, as plain data read from the store; the JSON under /api is the same."""
