"""Measurements, as ratios within one run because machines are shared and noisy: a table, never a gate."""
