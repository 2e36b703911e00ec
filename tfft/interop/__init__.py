"""Foreign formats: the public TFBert classes, and Hugging Face folders both ways.

The only room that imports transformers, tokenizers, safetensors or huggingface_hub. Names are
loaded on first use, so that reading a tokenizer's settings does not load TensorFlow.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tfft.interop.tf_bert import TFBertForSequenceClassification, TFBertModel
    from tfft.interop.tokenizer_files import read_tokenizer_settings

_HOMES = {
    "TFBertForSequenceClassification": "tfft.interop.tf_bert",
    "TFBertModel": "tfft.interop.tf_bert",
    "read_tokenizer_settings": "tfft.interop.tokenizer_files",
}

__all__ = ["TFBertForSequenceClassification", "TFBertModel", "read_tokenizer_settings"]


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(importlib.import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'tfft.interop' has no attribute '{name}'")
