"""The simulated Salesforce: one org of the firm, reached over TLS."""
