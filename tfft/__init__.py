"""tfft: fine-tune BERT on TensorFlow, from raw text to a TensorFlow Serving model.

Public names are loaded on first use, so that `import tfft` imports neither TensorFlow nor Keras.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfft.build.trained import load_trained
    from tfft.interop.tf_bert import TFBertForSequenceClassification, TFBertModel
    from tfft.text.preprocessor import Preprocessor
    from tfft.text.vocab import Vocabulary
    from tfft.training.optimizer import AdamWeightDecay, create_optimizer
    from tfft.training.schedule import WarmUp

__version__ = "0.1.0"

_HOMES = {
    "AdamWeightDecay": "tfft.training.optimizer",
    "Preprocessor": "tfft.text.preprocessor",
    "TFBertForSequenceClassification": "tfft.interop.tf_bert",
    "TFBertModel": "tfft.interop.tf_bert",
    "Vocabulary": "tfft.text.vocab",
    "WarmUp": "tfft.training.schedule",
    "create_optimizer": "tfft.training.optimizer",
    "load_trained": "tfft.build.trained",
}

__all__ = [
    "AdamWeightDecay",
    "Preprocessor",
    "TFBertForSequenceClassification",
    "TFBertModel",
    "Vocabulary",
    "WarmUp",
    "__version__",
    "create_optimizer",
    "load_trained",
]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'tfft' has no attribute '{name}'")


def __dir__() -> list[str]:
    return sorted(__all__)
