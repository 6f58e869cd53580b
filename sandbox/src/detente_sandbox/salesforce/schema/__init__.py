"""Objects and fields of the org as describe calls show them."""
