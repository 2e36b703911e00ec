"""Where training runs and in which arithmetic: names from the config to TensorFlow's objects.

Enters: the name of a strategy or a precision.
Leaves: a `tf.distribute.Strategy`, the name of a Keras dtype policy.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence

import tensorflow as tf

from tfft.errors import ConfigError, Fault, nearest

BFLOAT16_COMPUTE_CAPABILITY = (8, 0)
"""Nvidia's GPUs multiply bfloat16 in hardware from Ampere on."""


def make_strategy(name: str) -> tf.distribute.Strategy:
    """Makes the strategy `auto`, `one_device` or `mirrored`.

    `auto` is `mirrored` where there are several GPUs, else `one_device`. `mirrored` takes all GPUs,
    or all logical CPU devices where there is no GPU; `one_device` the first of them. A process has
    one mirrored strategy of its devices, however often it is asked for.

    Raises:
        ConfigError: there is no such strategy.
    """
    if name not in STRATEGIES:
        fault = Fault("training.strategy", f"got {name!r}", nearest=nearest(name, list(STRATEGIES)))
        raise ConfigError("There is no such strategy", [fault])
    gpus = [device.name for device in tf.config.list_logical_devices("GPU")]
    return STRATEGIES[name](gpus or [d.name for d in tf.config.list_logical_devices("CPU")])


def policy_name(precision: str) -> str:
    """Returns Keras's dtype policy for `auto`, `float32` or `bfloat16`.

    `auto` is bfloat16 where every GPU has compute capability 8.0, else float32: on CPUs bfloat16
    pays only for wide models on some processors.
    """
    if precision == "auto":
        precision = "bfloat16" if _gpus_have_bfloat16() else "float32"
    return "mixed_bfloat16" if precision == "bfloat16" else "float32"


def _one_device(devices: Sequence[str]) -> tf.distribute.Strategy:
    return tf.distribute.OneDeviceStrategy(devices[0])


def _mirrored(devices: Sequence[str]) -> tf.distribute.Strategy:
    return _mirrored_once(tuple(devices))


@functools.cache
def _mirrored_once(devices: tuple[str, ...]) -> tf.distribute.Strategy:
    # Each strategy numbers its collective operations from 100, and TensorFlow remembers the shapes
    # by number: a second one fails on a model of another size (tensorflow#62790).
    return tf.distribute.MirroredStrategy(list(devices))


def _auto(devices: Sequence[str]) -> tf.distribute.Strategy:
    several_gpus = len(devices) > 1 and "GPU" in devices[0]
    return _mirrored(devices) if several_gpus else _one_device(devices)


STRATEGIES: dict[str, Callable[[Sequence[str]], tf.distribute.Strategy]] = {
    "auto": _auto,
    "one_device": _one_device,
    "mirrored": _mirrored,
}


def _gpus_have_bfloat16() -> bool:
    gpus = tf.config.list_physical_devices("GPU")
    details = [tf.config.experimental.get_device_details(gpu) for gpu in gpus]
    capabilities = [d.get("compute_capability", (0, 0)) for d in details]
    return bool(capabilities) and min(capabilities) >= BFLOAT16_COMPUTE_CAPABILITY
