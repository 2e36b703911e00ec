"""Augmentation room: training texts in, edited texts out, inside the graph.

Enters: cleaned `tf.string [batch]` and row ids. Leaves: `tf.string [batch]`, for training alone.
1. Chance: `hashing` gives numbers that depend on seed, epoch, row and position alone.
2. What is edited: `units` cuts a text into words and CJK characters and joins them again.
3. Edits: `words` deletes and swaps units.
4. `augmenter` applies a list of edits; its `OPERATIONS` names all there are.

No label is looked at and no row is added. Reads no files: `data` calls an augmenter, from outside.
"""
