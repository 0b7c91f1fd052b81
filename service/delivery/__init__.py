"""Ways out: each provider takes a batch and says of every letter what became of it."""
