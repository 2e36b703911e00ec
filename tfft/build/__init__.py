"""The one place where a config becomes objects: wiring, no algorithms."""
