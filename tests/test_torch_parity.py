"""Live parity: what is saved is opened by transformers on PyTorch, with equal numbers and ids.

PyTorch is an oracle only, not a dependency: without it these tests are skipped, and
`tests/interop/references` holds its numbers for the others.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tfft.interop.bert_config import bert_config_class
from tfft.interop.tf_bert import TFBertForSequenceClassification, TFBertModel
from tfft.text.preprocessor import Preprocessor
from tfft.text.vocab import Vocabulary

torch = pytest.importorskip("torch", reason="PyTorch is an oracle only, not a dependency")
pytestmark = pytest.mark.slow

SIZES = {
    "hidden_size": 256,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "intermediate_size": 1024,
}
LENGTHS = (128, 61, 19, 1)
VOCAB_SIZE = 30522
LINES = (
    "Café films weren’t cheap, but the best of 2024!",
    "a naïve, ﬁne FILM with ™ and 👍🏽",
    "房间很大，早餐也不错。推荐！",
    "手机iPhone13很好用，“真的”？",
)


def vocabulary() -> Vocabulary:
    special = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
    letters = (
        "abcdefghijklmnopqrstuvwxyz0123456789，。！？“”，.!™房间很大早餐也不错推荐手机好用真的"
    )
    pieces = dict.fromkeys((*letters, *(f"##{letter}" for letter in letters), "film", "##s"))
    return Vocabulary((*special, *pieces))


@pytest.fixture(scope="module", params=["gelu", "gelu_new"])
def classifier(request: pytest.FixtureRequest) -> TFBertForSequenceClassification:
    """BERT-mini with random weights, biases and LayerNorm too, as far from zero as trained ones."""
    config = bert_config_class()(
        vocab_size=VOCAB_SIZE, num_labels=7, hidden_act=request.param, **SIZES
    )
    model = TFBertForSequenceClassification(config, seed=3)
    rng = np.random.default_rng(3)
    for weight in model.weights:
        if weight.path.endswith(("bias", "beta", "gamma")):
            weight.assign_add(rng.normal(0, 0.1, weight.shape).astype("float32"))
    return model


@pytest.fixture(params=["padded pairs", "512 tokens"])
def inputs(request: pytest.FixtureRequest) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(5)
    if request.param == "512 tokens":
        ids = rng.integers(1, VOCAB_SIZE, (1, 512))
        return {
            "input_ids": ids,
            "attention_mask": np.ones_like(ids),
            "token_type_ids": np.zeros_like(ids),
        }
    positions, lengths = np.arange(max(LENGTHS))[None], np.array(LENGTHS)[:, None]
    mask = (positions < lengths).astype(np.int64)
    return {
        "input_ids": rng.integers(1, VOCAB_SIZE, mask.shape) * mask,
        "attention_mask": mask,
        "token_type_ids": (positions >= lengths // 2) * mask,
    }


def opened(auto_class: type, folder: Path):
    """Opens a folder and holds transformers to having found every weight and no other."""
    theirs, info = auto_class.from_pretrained(
        folder, output_loading_info=True, attn_implementation="eager"
    )
    for key in ("missing_keys", "unexpected_keys", "mismatched_keys"):
        assert not info[key]
    return theirs.eval()


def called(theirs, inputs: dict[str, np.ndarray]):
    tensors = {name: torch.from_numpy(value) for name, value in inputs.items()}
    with torch.no_grad():
        return theirs(**tensors, output_hidden_states=True, output_attentions=True)


def assert_equal(ours, theirs, name: str) -> None:
    got, expected = np.asarray(ours), theirs.numpy()
    assert got.shape == expected.shape
    used = np.max(np.abs(got - expected) / (1e-5 + 1e-5 * np.abs(expected)))
    # With -s: how far the two are from each other, to be reported.
    print(f"{name}: max |a-b| {np.max(np.abs(got - expected)):.2e}, {used:.2f} of the tolerance")
    assert used <= 1


def test_a_saved_classifier_is_opened_with_equal_logits_states_and_loss(
    classifier: TFBertForSequenceClassification, inputs, tmp_path: Path
):
    from transformers import AutoModelForSequenceClassification

    classifier.save_pretrained(tmp_path)
    inputs |= {"labels": np.arange(len(inputs["input_ids"]))}
    expected = called(opened(AutoModelForSequenceClassification, tmp_path), inputs)
    got = classifier(inputs, output_hidden_states=True, output_attentions=True)
    assert_equal(got.logits, expected.logits, "logits")
    assert_equal(np.stack(got.hidden_states), torch.stack(expected.hidden_states), "hidden states")
    assert_equal(np.stack(got.attentions), torch.stack(expected.attentions), "attentions")
    assert_equal(np.mean(got.loss), expected.loss, "loss")


def test_a_saved_backbone_is_opened_with_equal_states(
    classifier: TFBertForSequenceClassification, inputs, tmp_path: Path
):
    from transformers import AutoModel

    classifier.save_pretrained(tmp_path / "headed")
    ours = TFBertModel.from_pretrained(tmp_path / "headed")
    ours.save_pretrained(tmp_path / "bare")
    expected = called(opened(AutoModel, tmp_path / "bare"), inputs)
    got = ours(inputs)
    assert_equal(got.last_hidden_state, expected.last_hidden_state, "last hidden state")
    assert_equal(got.pooler_output, expected.pooler_output, "pooler output")


def test_a_folder_that_pytorch_saved_is_opened_with_equal_logits(
    classifier: TFBertForSequenceClassification, inputs, tmp_path: Path
):
    from transformers import AutoModelForSequenceClassification

    classifier.save_pretrained(tmp_path / "ours")
    theirs = opened(AutoModelForSequenceClassification, tmp_path / "ours")
    theirs.save_pretrained(tmp_path / "theirs", max_shard_size="10MB")
    assert (tmp_path / "theirs" / "model.safetensors.index.json").is_file()
    again = TFBertForSequenceClassification.from_pretrained(tmp_path / "theirs")
    np.testing.assert_array_equal(again(inputs).logits, classifier(inputs).logits)
    theirs.to(torch.bfloat16).save_pretrained(tmp_path / "half")
    half = TFBertForSequenceClassification.from_pretrained(tmp_path / "half")
    assert 0 < np.abs(half(inputs).logits - classifier(inputs).logits).max() < 0.05


def test_one_folder_takes_text_to_equal_logits(tmp_path: Path):
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokens = vocabulary()
    config = bert_config_class()(vocab_size=len(tokens), num_labels=3, **SIZES)
    model = TFBertForSequenceClassification(config, seed=17)
    model.save_pretrained(tmp_path, vocabulary=tokens, tokenizer_settings={"max_tokens": 64})
    features = Preprocessor(tokens, max_tokens=64)(list(LINES))
    encoded = AutoTokenizer.from_pretrained(tmp_path)(
        list(LINES), padding=True, truncation=True, return_tensors="pt"
    )
    for name, tensor in encoded.items():
        np.testing.assert_array_equal(features[name], tensor.numpy())
    theirs = opened(AutoModelForSequenceClassification, tmp_path)
    with torch.no_grad():
        assert_equal(model(features).logits, theirs(**encoded).logits, "logits from text")
