"""Tables and queries, one noun a module. Use cases own the transactions; nothing here commits."""
