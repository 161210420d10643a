"""The workshop: arrays in, arrays out; numpy and scipy only, no labels and no messages."""
