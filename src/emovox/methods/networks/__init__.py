"""Networks of the field, each re-implemented from its description; the engine trains them."""
