"""Views: each parses, calls one use case, renders."""
