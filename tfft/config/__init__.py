"""One YAML file as typed, checked values; imports neither TensorFlow nor numpy."""
