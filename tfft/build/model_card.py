"""The model card: what a stranger should know who finds the model folder.

Enters: the config, the labels and the metrics of a run. Leaves: Markdown with the front matter
that the hub reads (JSON values are YAML).
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from tfft import __version__
from tfft.config.schema import Config


def model_card(config: Config, label_names: Sequence[str], metrics: Mapping[str, Any]) -> str:
    """Returns the text of `model/README.md`."""
    matter: dict[str, Any] = {
        "library_name": "tfft",
        "pipeline_tag": "text-classification",
        "tags": ["bert"],
    }
    if config.model.checkpoint:
        matter["base_model"] = config.model.checkpoint
    split = metrics["reported"]
    scores = metrics[split]
    start = config.model.checkpoint or "random weights"
    cleaning = ", ".join(config.text.clean) or "none"
    return f"""---
{"".join(f"{key}: {json.dumps(value)}{chr(10)}" for key, value in matter.items())}---
# {config.name}

A BERT that gives a text one of {len(label_names)} labels: {", ".join(label_names[:30])}\
{" …" if len(label_names) > 30 else ""}.
Trained with tfft {__version__} from {start}.

| {split} | |
|---|---|
| accuracy | {scores["accuracy"]:.4f} |
| macro F1 | {scores["macro_f1"]:.4f} |
| rows | {scores["rows"]:,} |

Cleaning before the tokenizer: {cleaning}. `tfft.json` holds these rules; a tokenizer file cannot,
so texts for transformers have to be cleaned by the caller. Longest row: {config.text.max_tokens}
tokens, truncation `{config.text.truncation}`.

Trained on: {config.data.train}.
"""
