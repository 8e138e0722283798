"""What the benchmarks of recognition share: a peer, and sounds."""
