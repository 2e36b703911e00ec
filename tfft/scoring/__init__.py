"""Predictions and labels to scores, pictures and reports."""
