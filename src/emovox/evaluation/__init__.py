"""Protocols, leaks, metrics, statistics, records and the runner that ties them."""
