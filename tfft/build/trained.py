"""A model folder to a model that answers texts, and back.

Enters: the `model/` folder of a run. Leaves: preprocessor, model and task, wired.
`tfft.json` beside Hugging Face's files holds what they cannot say: cleaning, truncation, the task.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tfft import __version__
from tfft.errors import CheckpointError, Fault
from tfft.interop.tf_bert import TFBertForSequenceClassification
from tfft.models.windows import row_logits
from tfft.run_directory import write_json
from tfft.serving.saved_model import ServedModel
from tfft.tasks.single_label import TASKS, SingleLabel
from tfft.text.preprocessor import Preprocessor
from tfft.text.vocab import Vocabulary

TFFT_FILE = "tfft.json"
_HEADLINE = "The model folder cannot be loaded"
TOKENIZER_SETTINGS = ("lowercase", "strip_accents", "tokenize_chinese_chars", "max_tokens")


@dataclass(frozen=True)
class Trained:
    """Everything that turns texts into labels.

    Attributes:
        preprocessor: texts to features.
        model: features to logits.
        task: logits to answers.
        takes_pairs: whether a row has two texts.
    """

    preprocessor: Preprocessor
    model: TFBertForSequenceClassification
    task: SingleLabel
    takes_pairs: bool

    def row_logits(self, features: Mapping[str, Any], *, training: bool = False) -> Any:
        """Returns logits `[batch, num_labels]` of the preprocessor's features."""
        pool = self.task.pooled_logits
        return row_logits(self.model, features, pool=pool, training=training)

    def served(self) -> ServedModel:
        """Returns all of it as one function of texts."""
        return ServedModel(self.preprocessor, self.model, self.task, takes_pairs=self.takes_pairs)


def save_trained(trained: Trained, folder: Path, *, task_type: str) -> None:
    """Writes a folder that transformers opens, and `tfft.json` into it."""
    settings = trained.preprocessor.settings()
    trained.model.save_pretrained(
        folder,
        vocabulary=trained.preprocessor.vocabulary,
        tokenizer_settings={key: settings[key] for key in TOKENIZER_SETTINGS},
    )
    own = {
        "tfft": __version__,
        "task": task_type,
        "takes_pairs": trained.takes_pairs,
        "text": settings,
    }
    write_json(folder / TFFT_FILE, own)


def load_trained(folder: str | Path) -> Trained:
    """Reads what `save_trained` wrote.

    Args:
        folder: `model/` of a run.

    Raises:
        CheckpointError: a file is missing or damaged.
    """
    folder = Path(folder)
    own = _read_own(folder / TFFT_FILE)
    model = TFBertForSequenceClassification.from_pretrained(folder)
    names = [model.config.id2label[index] for index in range(model.config.num_labels)]
    vocabulary = Vocabulary.from_file(folder / "vocab.txt")
    if len(vocabulary) > model.config.vocab_size:
        problem = f"has {len(vocabulary):,} tokens"
        expected = f"at most {model.config.vocab_size:,}, as config.json says"
        raise CheckpointError(_HEADLINE, [Fault(str(folder / "vocab.txt"), problem, expected)])
    try:
        preprocessor = Preprocessor(vocabulary, **own["text"])
    except TypeError as error:
        fault = Fault(str(folder / TFFT_FILE), f"damaged ({error})", "what training wrote")
        raise CheckpointError(_HEADLINE, [fault]) from error
    return Trained(preprocessor, model, TASKS[own["task"]](names), own["takes_pairs"])


def _read_own(path: Path) -> dict[str, Any]:
    try:
        own = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        fault = Fault(str(path), "missing", "the folder `model/` of a run of tfft")
        raise CheckpointError(_HEADLINE, [fault]) from error
    except (OSError, ValueError) as error:
        raise CheckpointError(_HEADLINE, [Fault(str(path), f"damaged ({error})")]) from error
    missing = sorted({"task", "takes_pairs", "text"} - set(own if isinstance(own, dict) else ()))
    if missing or own["task"] not in list(TASKS):
        problem = f"misses {', '.join(missing)}" if missing else f"unknown task {own['task']!r}"
        raise CheckpointError(_HEADLINE, [Fault(str(path), problem)])
    return dict(own)
