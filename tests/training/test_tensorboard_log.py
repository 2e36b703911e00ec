"""TensorBoard is shown scalars, labels, settings beside scores, and samples as a whole table."""

import html
import math

import numpy as np
import pytest
import tensorflow as tf
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams.plugin_data_pb2 import HParamsPluginData

from tfft.scoring.metrics import Scorer
from tfft.training.loop import Throughput
from tfft.training.tensorboard_log import MAX_SAMPLE_CHARACTERS, TensorBoardLog, samples_table


def write(folder, **options):
    """Two epochs of three steps."""
    log = TensorBoardLog(folder, Throughput, log_steps=2, **options)
    log.on_train_begin()
    for epoch in range(2):
        for batch in range(3):
            log.on_train_batch_end(batch, {"loss": 9.0, "step_loss": 0.5 * batch, "val_x": 1.0})
        log.on_epoch_end(epoch, {"loss": 9.0, "val_macro_f1": 0.25 + epoch, "val_gone": math.nan})
    log.on_train_end()


def events(folder):
    accumulator = EventAccumulator(str(folder), size_guidance={"tensors": 0})
    accumulator.Reload()
    return accumulator


def values(folder, tag):
    return {e.step: tf.make_ndarray(e.tensor_proto).item() for e in events(folder).Tensors(tag)}


def test_training_is_written_every_few_steps_and_validation_every_epoch(tmp_path):
    write(tmp_path)
    # Every second of 6 steps, the first, and the last of each epoch of 3.
    assert values(tmp_path / "train", "loss") == {1: 0.0, 2: 0.5, 3: 1.0, 4: 0.0, 6: 1.0}
    assert values(tmp_path / "validation", "macro_f1") == {3: 0.25, 6: 1.25}
    assert events(tmp_path / "validation").Tags()["tensors"] == ["macro_f1"]
    assert "val_x" not in events(tmp_path / "train").Tags()["tensors"]


def test_labels_have_a_folder_of_their_own(tmp_path):
    scorer = Scorer(("bad", "good"))
    scorer.add(np.array([0, 1, 1]), np.array([0, 1, 0]), np.zeros(3))
    write(tmp_path, validation=lambda: scorer)
    assert values(tmp_path / "labels", "labels/good/recall") == {3: 0.5, 6: 0.5}
    assert values(tmp_path / "labels", "labels/bad/precision") == {3: 0.5, 6: 0.5}
    assert set(events(tmp_path / "validation").Tags()["tensors"]) == {
        "macro_f1", "confusion_matrix",
    }  # fmt: skip


def test_settings_stand_in_the_folder_of_the_scores_that_belong_to_them(tmp_path):
    write(tmp_path, settings={"seed": 3, "text.vocab": None, "a.b": "x", "c": True, "d": [1]})
    metadata = events(tmp_path / "validation").SummaryMetadata("_hparams_/session_start_info")
    started = HParamsPluginData.FromString(metadata.plugin_data.content).session_start_info
    assert set(started.hparams) == {"seed", "a.b", "c"}
    assert started.hparams["a.b"].string_value == "x"
    # TensorBoard makes the other columns of the tab of all scalars here
    assert set(events(tmp_path / "validation").Tags()["tensors"]) == {
        "_hparams_/session_start_info", "macro_f1",
    }  # fmt: skip


def test_samples_of_every_epoch_are_written_as_text(tmp_path):
    write(tmp_path, samples=lambda epoch: [("a b", "b a"), (f"epoch {epoch}", "")])
    accumulator = events(tmp_path / "train")
    metadata = accumulator.SummaryMetadata("augmented_samples")
    assert metadata.plugin_data.plugin_name == "text"
    written = accumulator.Tensors("augmented_samples")
    assert [event.step for event in written] == [3, 6]
    text = tf.make_ndarray(written[1].tensor_proto).item().decode()
    assert text.splitlines() == [
        "| original | augmented |", "| --- | --- |", "| a b | b a |", "| epoch 1 |  |",
    ]  # fmt: skip


@pytest.mark.filterwarnings("ignore:html5lib's sanitizer:DeprecationWarning")
@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a | b \\| c", "a | b \\| c"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("one\ntwo\r\nthree\x85four\u2028five", "one two  three four five"),
        ("`a|b` *c* _d_ [e](http://f) &amp;", "`a|b` *c* _d_ [e](http://f) &amp;"),
        ("# 好看\t\x00\x02", "# 好看   "),
        ("--- | ---", "--- | ---"),
    ],
)
def test_no_text_breaks_the_table_or_is_markup(text, shown):
    from tensorboard import plugin_util  # warns when it is loaded

    page = plugin_util.markdown_to_safe_html(samples_table([(text, "x"), ("last", text)]))
    body = page.partition("<tbody>")[2]
    cells = [cell.partition("</td>")[0] for cell in body.split("<td>")[1:]]
    assert body.count("<tr>") == 2 and len(cells) == 4
    assert not any("<" in cell for cell in cells)
    assert unescaped(cells[0]) == shown.strip() == unescaped(cells[3])
    assert (cells[1], cells[2]) == ("x", "last")


def unescaped(cell):
    return html.unescape(cell).strip()


def test_long_texts_are_cut():
    row = samples_table([("x" * (MAX_SAMPLE_CHARACTERS + 1), "y" * MAX_SAMPLE_CHARACTERS)])
    assert row.count("x") == 1000 and "x… |" in row
    assert row.count("y") == 1000 and "y |" in row
