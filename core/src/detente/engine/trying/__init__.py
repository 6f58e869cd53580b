"""Try rules and plugins that are not in place yet, on copies of a portfolio: nothing is changed."""
