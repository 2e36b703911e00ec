"""The one table of weight names: Hugging Face's on one side, Keras variable paths on the other.

Enters: names and shapes stored in a checkpoint, and the sizes of a configuration.
Leaves: which stored tensor belongs to which variable, or every weight that does not fit at once.
Loading and saving use the same rows. A PyTorch dense kernel is `[out, in]`, a Keras one
`[in, out]`: rows marked so are transposed. Reads no tensor and builds no model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tfft.errors import CheckpointError, Fault, nearest

BACKBONE = "bert."
"""Prefix of the backbone's names where the checkpoint also has a head."""

_OTHER_HEADS = ("cls.", "qa_outputs.", "classifier.")
_BUFFERS = ("bert.embeddings.position_ids", "bert.embeddings.token_type_ids")


@dataclass(frozen=True)
class WeightName:
    """One weight under both of its names.

    Attributes:
        stored: Hugging Face's name, with the prefix `bert.`.
        path: the Keras variable's path.
        sizes: the shape as stored, each axis by the name that the configuration gives it.
        part: `embeddings`, `encoder`, or what may be absent as a whole: `pooler`, `classifier`.
        transposed: whether the Keras variable is the stored tensor's transpose.
    """

    stored: str
    path: str
    sizes: tuple[str, ...]
    part: str
    transposed: bool = False

    def stored_shape(self, sizes: Mapping[str, int]) -> tuple[int, ...]:
        """Returns the shape in a checkpoint."""
        return tuple(sizes[name] for name in self.sizes)


@dataclass(frozen=True)
class Match:
    """Which stored tensor fills which variable.

    Attributes:
        found: a row of the table and the name under which the checkpoint holds it.
        absent: rows whose whole part the checkpoint lacks, or holds in another size.
        unused: stored names that no row asks for (other heads, buffers).
    """

    found: tuple[tuple[WeightName, str], ...]
    absent: tuple[WeightName, ...]
    unused: tuple[str, ...]


def bert_names(*, num_hidden_layers: int, with_classifier: bool) -> tuple[WeightName, ...]:
    """Returns the table for a BERT of so many layers, in the order in which it is saved."""
    rows = [*_EMBEDDINGS]
    for index in range(num_hidden_layers):
        rows += [_in_layer(row, index) for row in _LAYER]
    rows += _POOLER
    return (*rows, *_CLASSIFIER) if with_classifier else tuple(rows)


def match_names(
    table: Sequence[WeightName],
    stored_shapes: Mapping[str, tuple[int, ...]],
    sizes: Mapping[str, int],
    *,
    ignore_mismatched_sizes: bool = False,
) -> Match:
    """Returns where each weight of the table is found in a checkpoint.

    Accepts checkpoints without the prefix `bert.` and with `gamma` and `beta` for LayerNorm.

    Args:
        table: what the model has.
        stored_shapes: what the checkpoint has, by stored name.
        sizes: the configuration's sizes by name.
        ignore_mismatched_sizes: treat a classifier of another size as absent.

    Raises:
        CheckpointError: all at once: weights that are missing, of another shape, stored twice, or
            part of the backbone and unknown to the table.
    """
    faults: list[Fault] = []
    aliases = _aliases(stored_shapes, faults)
    absent = _absent_parts(table, aliases)
    if ignore_mismatched_sizes:
        absent |= _resized_heads(table, aliases, stored_shapes, sizes)
    wanted = [row for row in table if row.part not in absent]
    faults += _missing_or_misshapen(wanted, aliases, stored_shapes, sizes)
    known = {row.stored for row in table}
    extra = [name for name in aliases if name not in known]
    faults += _unknown(extra, [row.stored for row in wanted], aliases)
    if faults:
        raise CheckpointError("The checkpoint does not fit the model", faults)
    return Match(
        found=tuple((row, aliases[row.stored]) for row in wanted),
        absent=tuple(row for row in table if row.part in absent),
        unused=tuple(aliases[name] for name in extra),
    )


def _dense(stored: str, path: str, outputs: str, inputs: str, part: str) -> list[WeightName]:
    kernel, bias = f"{path}/kernel", f"{path}/bias"
    return [
        WeightName(f"{stored}.weight", kernel, (outputs, inputs), part, transposed=True),
        WeightName(f"{stored}.bias", bias, (outputs,), part),
    ]


def _table(stored: str, path: str, num_rows: str) -> WeightName:
    return WeightName(f"{stored}.weight", f"{path}/embeddings", (num_rows, _H), "embeddings")


def _norm(stored: str, path: str, part: str) -> list[WeightName]:
    return [
        WeightName(f"{stored}.weight", f"{path}/gamma", (_H,), part),
        WeightName(f"{stored}.bias", f"{path}/beta", (_H,), part),
    ]


def _in_layer(row: WeightName, index: int) -> WeightName:
    stored, path = row.stored.format(index), row.path.format(index)
    return WeightName(stored, path, row.sizes, row.part, row.transposed)


# The table. Hugging Face's name, the Keras path, then the sizes as stored.
_H, _WIDE = "hidden_size", "intermediate_size"
_E, _EP = "bert.embeddings", "bert/embeddings"
_L, _LP = "bert.encoder.layer.{}", "bert/encoder/layer_{}"

_EMBEDDINGS = (
    _table(f"{_E}.word_embeddings", f"{_EP}/word_embeddings", "vocab_size"),
    _table(f"{_E}.position_embeddings", f"{_EP}/position_embeddings", "max_position_embeddings"),
    _table(f"{_E}.token_type_embeddings", f"{_EP}/token_type_embeddings", "type_vocab_size"),
    *_norm(f"{_E}.LayerNorm", f"{_EP}/LayerNorm", "embeddings"),
)
_LAYER = (
    *_dense(f"{_L}.attention.self.query", f"{_LP}/attention/self/query", _H, _H, "encoder"),
    *_dense(f"{_L}.attention.self.key", f"{_LP}/attention/self/key", _H, _H, "encoder"),
    *_dense(f"{_L}.attention.self.value", f"{_LP}/attention/self/value", _H, _H, "encoder"),
    *_dense(f"{_L}.attention.output.dense", f"{_LP}/attention/output/dense", _H, _H, "encoder"),
    *_norm(f"{_L}.attention.output.LayerNorm", f"{_LP}/attention/output/LayerNorm", "encoder"),
    *_dense(f"{_L}.intermediate.dense", f"{_LP}/intermediate/dense", _WIDE, _H, "encoder"),
    *_dense(f"{_L}.output.dense", f"{_LP}/output/dense", _H, _WIDE, "encoder"),
    *_norm(f"{_L}.output.LayerNorm", f"{_LP}/output/LayerNorm", "encoder"),
)
_POOLER = _dense("bert.pooler.dense", "bert/pooler/dense", _H, _H, "pooler")
_CLASSIFIER = _dense("classifier", "classifier", "num_labels", _H, "classifier")

_OPTIONAL_PARTS = ("pooler", "classifier")


def _aliases(stored_shapes: Mapping[str, tuple[int, ...]], faults: list[Fault]) -> dict[str, str]:
    """Returns the stored name by its name in the table's spelling."""
    aliases: dict[str, str] = {}
    for stored in stored_shapes:
        name = _in_table_spelling(stored)
        if name in aliases:
            faults.append(Fault(stored, f"is stored twice, also as `{aliases[name]}`"))
        aliases[name] = stored
    return aliases


def _in_table_spelling(stored: str) -> str:
    name = stored
    if name.startswith(("embeddings.", "encoder.", "pooler.")):
        name = BACKBONE + name
    if name.endswith("LayerNorm.gamma"):
        name = name.removesuffix("gamma") + "weight"
    if name.endswith("LayerNorm.beta"):
        name = name.removesuffix("beta") + "bias"
    return name


def _absent_parts(table: Sequence[WeightName], aliases: Mapping[str, str]) -> set[str]:
    """Parts that may be new and of which nothing is stored; half a part is a fault."""
    present = {row.part for row in table if row.stored in aliases}
    return {part for part in _OPTIONAL_PARTS if part not in present}


def _resized_heads(
    table: Sequence[WeightName],
    aliases: Mapping[str, str],
    stored_shapes: Mapping[str, tuple[int, ...]],
    sizes: Mapping[str, int],
) -> set[str]:
    return {
        row.part
        for row in table
        if row.part == "classifier"
        and row.stored in aliases
        and stored_shapes[aliases[row.stored]] != row.stored_shape(sizes)
    }


def _missing_or_misshapen(
    rows: Sequence[WeightName],
    aliases: Mapping[str, str],
    stored_shapes: Mapping[str, tuple[int, ...]],
    sizes: Mapping[str, int],
) -> list[Fault]:
    faults = []
    for row in rows:
        expected = row.stored_shape(sizes)
        if row.stored not in aliases:
            faults.append(Fault(row.stored, "is missing", expected=f"shape {_text(expected)}"))
        elif (got := stored_shapes[aliases[row.stored]]) != expected:
            faults.append(_misshapen(row, got, expected))
    return faults


def _misshapen(row: WeightName, got: tuple[int, ...], expected: tuple[int, ...]) -> Fault:
    why = f"{_text(expected)} ({', '.join(row.sizes)})"
    advice = ""
    if row.part == "classifier":
        advice = (
            "Give `num_labels` the stored head's size, or `ignore_mismatched_sizes=True` to begin "
            "with a new head"
        )
    return Fault(row.stored, f"has shape {_text(got)}", expected=why, advice=advice)


def _unknown(
    extra: Sequence[str], wanted: Sequence[str], aliases: Mapping[str, str]
) -> list[Fault]:
    """The backbone's names that no row knows: ignoring them would change its output in silence."""
    free = [name for name in wanted if name not in aliases]
    return [
        Fault(aliases[name], "is no weight of this BERT", nearest=nearest(name, free))
        for name in extra
        if name not in _BUFFERS and not name.startswith(_OTHER_HEADS)
    ]


def _text(shape: tuple[int, ...]) -> str:
    return "[" + ", ".join(map(str, shape)) + "]"
