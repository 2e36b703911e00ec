"""What all tests share: a quiet TensorFlow, two logical CPU devices, the real data if present."""

from __future__ import annotations

import os
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "2"
os.environ["CUDA_VISIBLE_DEVICES"] = "-1"
os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["KERAS_BACKEND"] = "tensorflow"

import pytest

pytest_plugins = ["tests.build.tiny_run"]

ROOT = Path(__file__).parents[1]
SHARED_DATA = ROOT.parent / "shared" / "data"


@pytest.fixture(scope="session")
def two_devices() -> list[str]:
    """Names of two logical CPU devices on which MirroredStrategy is tried."""
    import tensorflow as tf

    return [device.name for device in tf.config.list_logical_devices("CPU")]


@pytest.fixture
def shared_data() -> Path:
    """The folder of real data sets, which is not part of the project."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the real data sets are not beside this checkout")
    return SHARED_DATA


def pytest_configure(config: pytest.Config) -> None:
    import tensorflow as tf

    # Before any test touches a device: afterwards TensorFlow refuses to divide it.
    cpu = tf.config.list_physical_devices("CPU")[0]
    tf.config.set_logical_device_configuration(cpu, [tf.config.LogicalDeviceConfiguration()] * 2)
