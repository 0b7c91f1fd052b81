"""What the reports count: one set of rows a report, asked for numbers or for the people behind one of them."""
