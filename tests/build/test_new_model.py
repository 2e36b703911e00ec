"""What the config says of learning reaches the model, its optimizer and its schedule."""

from __future__ import annotations

import pytest

from tests.build.tiny_run import write_rows
from tfft.build.inputs import read_inputs
from tfft.build.new_model import new_model
from tfft.config.load import load_config
from tfft.errors import ConfigError
from tfft.training.optimizer import AdamWeightDecay, SgdWeightDecay
from tfft.training.strategy import make_strategy


@pytest.fixture
def made(tmp_path, monkeypatch):
    write_rows(tmp_path)
    monkeypatch.chdir(tmp_path)

    def make(*settings):
        config, _ = load_config("c.yaml", settings)
        inputs = read_inputs(config, tmp_path / "rows")
        return new_model(config, inputs, make_strategy("one_device"))

    return make


def test_by_default_it_is_berts_recipe(made):
    model = made()
    assert isinstance(model.optimizer, AdamWeightDecay)
    assert model.optimizer.weight_decay_rate == 0.01
    assert len(model.optimizer.decayed_paths) == 11
    # 61 rows in batches of 7 for 6 epochs are 54 steps; the warm-up takes 5 of them.
    rates = [float(model.schedule(step)) for step in (0, 5, 30, 54)]
    assert rates == pytest.approx([0.0, 0.02, 0.02 * 24 / 49, 0.0])
    assert model.trained.task.label_smoothing == 0.0
    assert len(model.trained.model.trainable_variables) == 25


def test_sgd_cosine_smoothing_and_frozen_layers_are_taken_from_the_config(made):
    model = made(
        "training.optimizer=sgd",
        "training.momentum=0.5",
        "training.weight_decay=0.25",
        "training.schedule=cosine",
        "training.warmup_rate=0",
        "training.min_learning_rate=0.002",
        "task.label_smoothing=0.2",
        "model.frozen_layers=1",
    )
    assert isinstance(model.optimizer, SgdWeightDecay)
    assert (model.optimizer.momentum, model.optimizer.weight_decay_rate) == (0.5, 0.25)
    rates = [float(model.schedule(step)) for step in (0, 27, 54)]
    assert rates == pytest.approx([0.02, 0.011, 0.002])
    assert model.trained.task.label_smoothing == 0.2
    paths = [variable.path for variable in model.trained.model.trainable_variables]
    assert len(paths) == 4 and all("pooler" in path or "classifier" in path for path in paths)


def test_adam_decays_nothing(made):
    assert made("training.optimizer=adam").optimizer.decayed_paths == ()


def test_all_but_the_classifier_can_be_frozen(made):
    paths = [v.path for v in made("model.frozen_layers=all").trained.model.trainable_variables]
    assert len(paths) == 2 and all("classifier" in path for path in paths)


def test_more_frozen_layers_than_there_are_is_refused(made):
    with pytest.raises(ConfigError, match="frozen_layers"):
        made("model.frozen_layers=2")
