"""A trained model to a SavedModel that takes plain strings, and back to answers."""
