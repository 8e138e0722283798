"""What the benchmarks of the service share: its processes, a client, a plain peer."""
