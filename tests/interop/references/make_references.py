"""Makes the stored reference numbers: tiny random BERTs and what transformers' PyTorch gives.

Needs an environment with torch and transformers (made with torch 2.13.0, transformers 5.24.0):
`python make_references.py` writes beside itself, for each activation, a folder that transformers
saved, with `reference.npz`. All weights are drawn wide, biases and LayerNorm too: with BERT's own
small initial weights a forgotten bias or a wrong activation would hide below the tolerance.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from transformers import BertConfig, BertForSequenceClassification

HERE = Path(__file__).parent
SIZES = {
    "vocab_size": 61,
    "hidden_size": 24,
    "num_hidden_layers": 3,
    "num_attention_heads": 4,
    "intermediate_size": 37,
    "max_position_embeddings": 512,
    "type_vocab_size": 2,
    "num_labels": 5,
}
LENGTHS = (13, 7, 2)


def make_model(hidden_act: str, seed: int) -> BertForSequenceClassification:
    """Returns a model in inference mode with every weight random and far from its initial value."""
    torch.manual_seed(seed)
    config = BertConfig(hidden_act=hidden_act, **SIZES)
    model = BertForSequenceClassification._from_config(config, attn_implementation="eager").eval()
    with torch.no_grad():
        for name, weight in model.named_parameters():
            is_gamma = name.endswith("LayerNorm.weight")
            weight.copy_(torch.randn_like(weight) * 0.2 + (1.0 if is_gamma else 0.0))
    return model


def padded_pairs(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Returns rows of 13, 7 and 2 tokens padded to 13, the later half of each of type 1."""
    positions = np.arange(max(LENGTHS))[None, :]
    lengths = np.array(LENGTHS)[:, None]
    mask = (positions < lengths).astype(np.int64)
    ids = rng.integers(1, SIZES["vocab_size"], mask.shape) * mask
    types = (positions >= lengths // 2).astype(np.int64) * mask
    return {"input_ids": ids, "attention_mask": mask, "token_type_ids": types}


def longest_row(rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Returns one row that fills all positions."""
    return {"input_ids": rng.integers(1, SIZES["vocab_size"], (1, 512))}


def outputs(model: BertForSequenceClassification, inputs: dict[str, np.ndarray]) -> dict:
    """Returns hidden states `[layers + 1, batch, tokens, hidden]`, attentions
    `[layers, batch, heads, from, to]`, pooler output and logits."""
    tensors = {name: torch.from_numpy(value) for name, value in inputs.items()}
    with torch.no_grad():
        body = model.bert(**tensors, output_hidden_states=True, output_attentions=True)
        logits = model(**tensors).logits
    return {
        "hidden_states": torch.stack(body.hidden_states).numpy(),
        "attentions": torch.stack(body.attentions).numpy(),
        "pooler_output": body.pooler_output.numpy(),
        "logits": logits.numpy(),
    }


def main() -> None:
    """Writes one folder per activation."""
    for seed, hidden_act in enumerate(("gelu", "gelu_new"), start=3):
        folder = HERE / hidden_act
        model = make_model(hidden_act, seed)
        model.save_pretrained(folder)
        rng = np.random.default_rng(seed)
        stored: dict[str, np.ndarray] = {}
        for case, inputs in (("pairs", padded_pairs(rng)), ("longest", longest_row(rng))):
            for name, value in (inputs | outputs(model, inputs)).items():
                stored[f"{case}/{name}"] = value
        # Every state and attention of a 512-token row would be many times the rest together; the
        # last state depends on all.
        stored["longest/hidden_states"] = stored["longest/hidden_states"][-1:]
        del stored["longest/attentions"]
        np.savez_compressed(folder / "reference.npz", **stored)


if __name__ == "__main__":
    main()
