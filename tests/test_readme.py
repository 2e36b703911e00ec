"""What README and docs say is true: commands parse, code runs, rules and files exist."""

import re
import shlex
from itertools import pairwise

import pytest

from tests.conftest import ROOT
from tfft.__main__ import VERBS
from tfft.config.load import load_config
from tfft.text.clean import RULES

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


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", page, flags=re.DOTALL)


def commands(page):
    """Lines of bash blocks, with continued lines joined."""
    text = "".join(blocks(page, "bash")).replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def command_after(page, marker):
    return re.search(rf"<!-- {marker} -->\n```bash\n(.*)\n```", page)[1]


@pytest.mark.parametrize("marker", ["main-job", "tests"])
def test_each_of_the_two_commands_is_one_line_that_sets_up_everything(marker):
    command = command_after(README, marker)
    assert command.startswith("python3 -m venv .venv && .venv/bin/pip install")
    assert command == command_after(CHINESE, marker)


def test_the_chinese_readme_has_the_same_commands_and_code():
    assert commands(README) == commands(CHINESE)
    assert blocks(README, "python") == blocks(CHINESE, "python")
    assert README.count("\n## ") == CHINESE.count("\n## ")


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_verb_and_setting_in_a_command_exists(page):
    for command in commands(PAGES[page]):
        words = shlex.split(command)
        verbs = [after for word, after in pairwise(words) if word.endswith("tfft")]
        assert all(verb in VERBS for verb in verbs), command
        if "train" in verbs:
            config = words[words.index("--config") + 1]
            settings = [words[n + 1] for n, word in enumerate(words) if word == "--set"]
            load_config(ROOT / config, settings, check_files=False)


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_link_leads_to_a_file(page):
    folder = (ROOT / page).parent
    for target in re.findall(r"\]\((?!https?:)([^)#]+)", PAGES[page]):
        assert (folder / target).exists(), target


def test_every_setting_named_in_the_text_exists():
    sections = "data|text|model|task|training|evaluation|tensorboard|export"
    for page in PAGES.values():
        for key, value in re.findall(rf"`((?:{sections})\.\w+)(?:[=:] ?([^`]+))?`", page):
            if not key.endswith((".py", ".json", ".md", ".yaml")):
                settings = [f"{key}={value or 'null'}"]
                load_config(ROOT / "configs" / "quickstart.yaml", settings, check_files=False)


def test_the_table_of_cleaning_rules_is_complete_and_in_order():
    rows = re.findall(r"^\| `(\w+)` \|", PAGES["docs/text.md"], flags=re.MULTILINE)
    assert rows == list(RULES)


def test_the_code_in_docs_runs_and_prints_what_it_says(capsys):
    for code in blocks(PAGES["docs/text.md"], "python"):
        exec(compile(code, "docs/text.md", "exec"), {})
        said = re.findall(r"print\(.*# (.*)$", code, flags=re.MULTILINE)
        assert capsys.readouterr().out.splitlines() == said


def test_the_readmes_python_runs_on_a_run(tiny_run, tmp_path, monkeypatch):
    (tmp_path / "runs").mkdir()
    (tmp_path / "runs" / "quickstart").symlink_to(tiny_run)
    monkeypatch.chdir(tmp_path)
    names = {}
    exec(compile("".join(blocks(README, "python")), "README.md", "exec"), names)
    expected = names["trained"].task.probabilities(names["logits"]).numpy()
    assert expected.shape == (1, 2)
    assert names["answer"]["probabilities"][0].tolist() == pytest.approx(expected[0].tolist())
