"""A demo's clinic, its people and its sixty days. Everything that happens in it happens through the real use cases."""
