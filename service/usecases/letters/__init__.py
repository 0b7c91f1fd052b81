"""Letters to many: written, planned, sent, stopped and corrected."""
