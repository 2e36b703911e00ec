"""What README and docs say is true: commands parse, code runs, rules and files exist."""

import ast
import re
import runpy
import shlex
from itertools import pairwise
from pathlib import Path
from typing import get_args

import pytest

import tfft
from tests.build.tiny_run import write_rows
from tests.conftest import ROOT
from tfft.__main__ import VERBS
from tfft.config.__main__ import main as config_verb
from tfft.config.keys import all_keys
from tfft.config.load import load_config
from tfft.config.schema import CleaningRule, Config, FileFormat, OperationType, OptimizerName
from tfft.config.schema import ScheduleName as Schedule

README = (ROOT / "README.md").read_text(encoding="utf-8")
CHINESE = (ROOT / "README.zh-CN.md").read_text(encoding="utf-8")
PAGES = {
    path.relative_to(ROOT).as_posix(): path.read_text(encoding="utf-8")
    for path in (
        ROOT / "README.md",
        ROOT / "README.zh-CN.md",
        *sorted((ROOT / "docs").glob("*.md")),
    )
}
CONFIGS = sorted(path.name for path in (ROOT / "configs").glob("*.yaml"))
LOGS_TO_STDOUT = ("epoch ",)
"""Lines that a page's code prints and that hang on the weights."""


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", page, flags=re.DOTALL)


def commands(page):
    """Lines of bash blocks, with continued lines joined."""
    text = "".join(blocks(page, "bash")).replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def command_after(page, marker):
    return re.search(rf"<!-- {marker} -->\n```bash\n(.*)\n```", page)[1]


def first_cells(page, heading):
    """The code in the first cell of each row of the table whose header begins so."""
    table = re.search(rf"^\| {re.escape(heading)}.*\n\|[-| :]+\n((?:\|.*\n)+)", page, re.MULTILINE)
    return re.findall(r"^\| `([^`]+)`", table[1], re.MULTILINE)


@pytest.mark.parametrize("marker", ["main-job", "tests"])
def test_each_of_the_two_commands_is_one_line_that_sets_up_everything(marker):
    command = command_after(README, marker)
    assert command.startswith("python3 -m venv .venv && .venv/bin/pip install")
    assert command == command_after(CHINESE, marker)


def test_the_chinese_readme_has_the_same_commands_and_code():
    assert commands(README) == commands(CHINESE)
    assert blocks(README, "python") == blocks(CHINESE, "python")
    assert blocks(README, "yaml") == blocks(CHINESE, "yaml")
    assert README.count("\n## ") == CHINESE.count("\n## ")
    assert README.count("\n| ") == CHINESE.count("\n| ")


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_verb_and_setting_in_a_command_exists(page):
    for command in commands(PAGES[page]):
        words = shlex.split(command)
        verbs = [after for word, after in pairwise(words) if word.endswith("tfft")]
        assert all(verb in VERBS for verb in verbs), command
        if "train" in verbs:
            config = words[words.index("--config") + 1]
            settings = [words[n + 1] for n, word in enumerate(words) if word == "--set"]
            if config.startswith("configs/"):
                load_config(ROOT / config, settings, check_files=False)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_yaml_block_is_a_right_config(page, tmp_path):
    given = tmp_path / "given.yaml"
    for number, block in enumerate(blocks(PAGES[page], "yaml")):
        lines = block.splitlines()
        is_list_of_lines = len({line.split(":")[0] for line in lines}) == 1 and len(lines) > 1
        for text in lines if is_list_of_lines else [block]:
            text = f"data:\n  train: a.tsv\n  {text}" if text.startswith("columns:") else text
            if "train:" not in text:
                text += "\ndata: {train: demo:reviews-en}"
            given.write_text(f"name: block_{number}\n{text}\n", encoding="utf-8")
            load_config(given, check_files=False)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_to_a_file(page):
    folder = (ROOT / page).parent
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", PAGES[page]):
        assert (folder / target).exists(), target


def test_every_setting_named_in_the_text_exists():
    keys = {key.path.replace("[]", "") for key in all_keys()}
    sections = "|".join(Config.model_fields)
    for name, page in PAGES.items():
        # A key in backquotes, with or without a value; `model.safetensors` is a file.
        for key, value in re.findall(rf"`((?:{sections})(?:\.\w+)+)(?:(?:=|: )([^`]+))?`", page):
            assert key in keys or key == "model.safetensors", f"{name}: {key}"
            if value and not value.isupper():
                settings = [f"{key}={value}"]
                load_config(ROOT / "configs" / "quickstart.yaml", settings, check_files=False)


@pytest.mark.parametrize(
    ("page", "heading", "names"),
    [
        ("docs/text.md", "rule", get_args(CleaningRule)),
        ("docs/data.md", "format", get_args(FileFormat)),
        ("docs/augmentation.md", "`type`", get_args(OperationType)),
        ("docs/training.md", "`training.optimizer`", get_args(OptimizerName)),
        ("docs/training.md", "`training.schedule`", get_args(Schedule)),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_the_tables_of_docs_are_complete_and_in_order(page, heading, names):
    assert first_cells(PAGES[page], heading) == list(names)


@pytest.mark.parametrize("page", ["README.md", "README.zh-CN.md"])
def test_the_readmes_table_names_every_config(page):
    named = re.findall(r"^\| \[`?([\w.]+\.yaml)`?\]", PAGES[page], re.MULTILINE)
    assert sorted(named) == CONFIGS


def test_the_config_reference_is_the_one_that_the_schema_gives(capsys):
    assert config_verb(["--reference"]) == 0
    assert PAGES["docs/config.md"] == capsys.readouterr().out, (
        "run `tfft config --reference > docs/config.md`"
    )


def test_migration_names_classes_that_exist_and_says_which_do_not():
    page = PAGES["docs/migration.md"]
    have = set(re.findall(r"from tfft import (\w+)`", page))
    assert have == set(re.findall(r"`from transformers import (\w+)` \| `from tfft", page))
    assert have <= set(tfft.__all__)
    lacking = re.search(r"## What is not there yet\n(.*?)\n## ", page, re.DOTALL)[1]
    classes = set(re.findall(r"`(TF\w+)`", lacking))
    assert {"TFBertForTokenClassification", "TFBertTokenizer"} <= classes
    assert not classes & set(tfft.__all__)


def test_the_old_script_in_migration_is_python():
    (old,) = blocks(PAGES["docs/migration.md"], "py")
    assert "transformers" in ast.unparse(ast.parse(old))


@pytest.fixture
def workplace(tiny_run, tmp_path, monkeypatch) -> Path:
    """A working directory with a run, a checkpoint and rows where the pages have theirs."""
    for path in ("runs/quickstart", "google-bert/bert-base-uncased"):
        (tmp_path / path).parent.mkdir()
    (tmp_path / "runs" / "quickstart").symlink_to(tiny_run)
    (tmp_path / "google-bert" / "bert-base-uncased").symlink_to(tiny_run / "model")
    (tmp_path / "my").mkdir()
    write_rows(tmp_path / "my")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("page", [page for page in PAGES if blocks(PAGES[page], "python")])
def test_the_code_of_a_page_runs_and_prints_what_it_says(page, workplace, capsys):
    code = "\n".join(blocks(PAGES[page], "python"))
    # From a file: TensorFlow's AutoGraph reads the source of what it traces.
    Path("page.py").write_text(code, encoding="utf-8")
    runpy.run_path("page.py")
    said = re.findall(r"(?:print\(.*  |^)# (.*)$", code, flags=re.MULTILINE)
    printed = capsys.readouterr().out.splitlines()
    if said:
        assert [line for line in printed if not line.startswith(LOGS_TO_STDOUT)] == said


def test_the_readmes_python_gives_the_probabilities_of_the_served_answer(workplace):
    names = {}
    exec(compile("".join(blocks(README, "python")), "README.md", "exec"), names)
    expected = names["trained"].task.probabilities(names["logits"]).numpy()
    assert expected.shape == (1, 2)
    assert names["answer"]["probabilities"][0].tolist() == pytest.approx(expected[0].tolist())
