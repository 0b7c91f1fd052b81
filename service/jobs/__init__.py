"""What runs by the clock. A job is only a wake-up: the rows are the truth, and losing every job loses nothing."""
