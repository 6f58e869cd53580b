"""Scripts that read a CRM back with `requests` alone and share no code with Detente, on purpose."""
