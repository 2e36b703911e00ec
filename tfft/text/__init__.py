"""Text room: raw strings in, model features out, all inside the graph.

Enters: `tf.string [batch]` texts of any quality. Leaves: `int32 [batch, tokens]` features by the
names in `tfft.spec`. The same objects run in `tf.data` and inside the exported SavedModel, so
training and serving cannot drift apart. It reads no rows and knows nothing of labels.
Importing this room's tokeniser registers the TF Text operations that a loaded export needs.
"""
