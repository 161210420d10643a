"""What was put into each simulated study, number by number with the interval that should hold it."""
