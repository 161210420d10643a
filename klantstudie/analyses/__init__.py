"""The rooms: every analysis takes a frame or moments and column names, and answers with a Result."""
