"""What changes when the question changes: loss, scores and served outputs, one file a question."""
