"""Structural equation models: syntax, table, matrices, moments, objective, inference, indices; numpy and scipy only."""
