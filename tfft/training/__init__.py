"""Batches to weights: optimizer, schedule, loop, callbacks, checkpoints, devices."""
