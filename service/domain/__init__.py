"""The pure floor: values and rules. No Flask, SQLAlchemy, templates, network, clock or randomness."""
