"""The one training loop that every network uses."""
