"""A model's answers do not depend on how many devices share the rows."""

import keras
import numpy as np

from tests.training.tiny import TinyModel, batches
from tfft.training.evaluation import Answering, answers
from tfft.training.strategy import make_strategy


def logits(strategy_name):
    keras.utils.set_random_seed(3)
    strategy = make_strategy(strategy_name)
    with strategy.scope():
        model = TinyModel()
    found = answers(
        Answering(lambda features: model(features).logits, strategy), batches(0, sizes=(7, 2, 1))
    )
    return model, [answer for _, answer in found]


def test_two_devices_answer_in_the_order_of_one(two_devices):
    model, one = logits("one_device")
    _, two = logits("mirrored")
    assert [len(part) for part in one] == [7, 2, 1]
    for a, b, batch in zip(one, two, batches(0, sizes=(7, 2, 1)), strict=True):
        np.testing.assert_allclose(a, b, atol=1e-6)
        np.testing.assert_allclose(a, model(batch).logits.numpy(), atol=1e-6)


def test_the_hooks_of_a_batch_are_called_once_a_batch():
    calls = []
    note = keras.callbacks.LambdaCallback()
    for name in ("on_test_begin", "on_test_batch_begin", "on_test_batch_end", "on_test_end"):
        setattr(note, name, lambda *args, name=name, **kwargs: calls.append(name))
    list(answers(lambda batch: np.zeros((1, 3)), batches(0, sizes=(2, 3)),
                 keras.callbacks.CallbackList([note])))  # fmt: skip
    batch = ["on_test_batch_begin", "on_test_batch_end"]
    assert calls == [*batch, *batch]
