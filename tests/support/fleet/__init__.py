"""Several workers on one PostgreSQL: their processes, their network, and what the far end took."""
