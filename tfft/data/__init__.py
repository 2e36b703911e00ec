"""Files to batches, in four steps; each file of this room is one of them or serves one.

1. Where rows are: `sources` (paths, globs, lists, demos, TFDS) and `columns` (which field is what).
2. Reading, once and as a stream: `lines` (bytes to checked lines), `formats` (lines, or files that
   have none, to records), `tfds` (splits to records), `rows` (records to rows), with every fault
   kept in `faults`.
3. Choosing: `labels` (which there are, how each weighs) and `split` (which rows validate);
   `prepare` does it for all files and writes what is right to a `store` of TFRecord files.
4. Feeding: `pipeline` (order and shuffling) and `batching` (stored rows to tensors).

Memory does not depend on the number of rows in any step. Text is cleaned and tokenised by a
callable from outside. Nothing is imported here: reading alone needs no TensorFlow.
"""
