"""The laws of the house: imports run downhill, foreign packages have one door each."""

import ast
import subprocess
import sys
from fnmatch import fnmatch
from pathlib import Path
from typing import get_args

import pytest

from tests.conftest import ROOT

VERBS = ("train", "evaluate", "predict", "export", "config.__main__")
"""Modules that are verbs; `config` is a room whose `__main__` is one."""
LEVELS = {
    **{verb: 10 for verb in (*VERBS, "__main__")},
    "build": 9,
    "training": 8,
    "serving": 8,
    "tasks": 7,
    "interop": 6,
    "data": 5,
    "augmentation": 5,
    "text": 4,
    "models": 4,
    "scoring": 4,
    "provenance": 3,
    "run_directory": 3,
    "spec": 2,
    "config": 1,
    "command_line": 1,
    "errors": 0,
    "__init__": 0,
}
"""Imports go to a lower level, or stay in the room."""

DOORS = {
    "tensorflow_text": {"text"},
    "transformers": {"interop"},
    "tokenizers": {"interop"},
    "safetensors": {"interop"},
    "huggingface_hub": {"interop"},
    "tensorboard": {"training"},
    "matplotlib": {"scoring"},
    "sklearn": {"scoring"},
    "yaml": {"config"},
    "pydantic": {"config"},
    "tensorflow_datasets": {"data"},
    "pyarrow": {"data"},
    "google_crc32c": {"data"},
    "google": {"data"},
}
FORBIDDEN = ("keras.src", "tensorflow.python", "tensorflow.keras", "tf_keras")
FILES = sorted((ROOT / "tfft").rglob("*.py"))


def room_of(path: Path) -> str:
    parts = path.relative_to(ROOT / "tfft").parts
    if parts[-1] == "__main__.py":
        return ".".join(parts).removesuffix(".py")
    return parts[0].removesuffix(".py")


def imports_of(path: Path):
    """Yields (module, whether it is imported only for type checking)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in typing_only) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module or "", id(node) in typing_only
            yield from (
                (f"{node.module}.{alias.name}", id(node) in typing_only) for alias in node.names
            )


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT / "tfft")))
def test_imports_run_downhill(path):
    room = room_of(path)
    for module, is_typing in imports_of(path):
        parts = module.split(".")
        if parts[0] != "tfft" or len(parts) < 2 or is_typing or parts[1] == "__version__":
            continue
        other = parts[1]
        assert other in LEVELS, f"{path}: {module} is in no room"
        assert "__main__" not in parts, f"{path} imports the verb {module}"
        assert other == room or LEVELS[other] < LEVELS[room], f"{path} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT / "tfft")))
def test_foreign_packages_come_in_by_their_door(path):
    for module, _ in imports_of(path):
        rooms = DOORS.get(module.split(".")[0])
        assert rooms is None or room_of(path) in rooms, f"{path} imports {module}"
        assert not module.startswith(FORBIDDEN), f"{path} imports {module}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT / "tfft")))
def test_library_code_neither_asserts_nor_prints_nor_swallows(path):
    tree = ast.parse(path.read_text(encoding="utf-8"))
    may_print = room_of(path) in (*VERBS, "__main__", "command_line")
    for node in ast.walk(tree):
        where = f"{path}:{getattr(node, 'lineno', 0)}"
        assert not isinstance(node, ast.Assert), where
        if isinstance(node, ast.ExceptHandler):
            assert node.type is not None, where
            assert ast.unparse(node.type) not in ("Exception", "BaseException"), where
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print":
            assert may_print, where
        if isinstance(node, ast.Attribute):
            assert ast.unparse(node) != "tf.keras", where


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT / "tfft")))
def test_every_module_says_what_it_is(path):
    docstring = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert docstring and docstring.split("\n")[0].endswith((".", ":"))


def test_verbs_define_and_register_nothing():
    for verb in VERBS:
        path = ROOT / "tfft" / f"{verb.replace('.', '/')}.py"
        source = path.read_text(encoding="utf-8")
        classes = [n for n in ast.walk(ast.parse(source)) if isinstance(n, ast.ClassDef)]
        assert not classes and "register" not in source


@pytest.mark.parametrize(
    ("module", "unloaded"),
    [
        ("tfft", {"tensorflow", "keras", "numpy", "transformers"}),
        ("tfft.config.load", {"tensorflow", "keras", "numpy"}),
        ("tfft.config.__main__", {"tensorflow", "keras", "numpy"}),
        ("tfft.errors", {"tensorflow", "keras", "numpy", "pydantic"}),
        ("tfft.train", {"tensorflow", "keras", "numpy"}),
        ("tfft.predict", {"tensorflow", "keras", "numpy"}),
        ("tfft.data.sources", {"tensorflow", "tensorflow_datasets", "pyarrow", "numpy"}),
        ("tfft.data.rows", {"tensorflow", "tensorflow_datasets", "pyarrow"}),
    ],
)
def test_importing_loads_nothing_heavy(module, unloaded):
    code = f"import sys, {module}; print(sorted({unloaded!r} & set(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert done.stdout.strip() == "[]"


def test_the_schemas_names_are_the_rooms_names():
    from tfft.augmentation.augmenter import OPERATIONS
    from tfft.config import schema
    from tfft.data.formats import READERS, RECORD_READERS
    from tfft.interop.bert_config import bert_config_class
    from tfft.models.encoder import ACTIVATIONS
    from tfft.tasks.single_label import TASKS
    from tfft.text.clean import RULES
    from tfft.text.pack import TRUNCATIONS
    from tfft.training.optimizer import OPTIMIZERS
    from tfft.training.schedule import SCHEDULES

    assert get_args(schema.CleaningRule) == tuple(RULES)
    assert set(get_args(schema.Truncation)) == set(TRUNCATIONS)
    assert set(get_args(schema.TaskType)) == set(TASKS)
    assert set(get_args(schema.OptimizerName)) == set(OPTIMIZERS)
    assert set(get_args(schema.ScheduleName)) == set(SCHEDULES)
    assert set(get_args(schema.OperationType)) == set(OPERATIONS)
    assert set(get_args(schema.FileFormat)) <= set(READERS) | set(RECORD_READERS)
    assert set(get_args(schema.Activation)) <= set(ACTIVATIONS)
    assert set(schema.MODEL_SIZES) <= set(bert_config_class()().to_dict())


def test_every_test_file_mirrors_a_module():
    for path in (ROOT / "tests").rglob("test_*.py"):
        folder = path.parent.relative_to(ROOT / "tests")
        if folder.parts:
            name = path.name.removeprefix("test_")
            assert (ROOT / "tfft" / folder / name).is_file(), f"{path} tests no module"


def test_no_folder_of_tests_is_passed_over(pytestconfig):
    folders = {path.parent.name for path in (ROOT / "tests").rglob("test_*.py")}
    skipped = pytestconfig.getini("norecursedirs")
    assert [f for f in folders if any(fnmatch(f, pattern) for pattern in skipped)] == []
