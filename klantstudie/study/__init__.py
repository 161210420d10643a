"""The intake: from a raw file and a codebook to a clean, scored frame with a log."""
