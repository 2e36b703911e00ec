"""TensorBoard looked at: it is started on real runs and its pages are opened in a browser.

What a user should see is read from the pages as they are shown, not from the event files. Chromium
is driven without a window; with TFFT_SCREENSHOTS=FOLDER pictures of the pages are kept there.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from tests.build.tiny_run import CONFIG, rows, write_rows
from tfft.train import main as train

pytestmark = pytest.mark.slow

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 60
"""A page that shows nothing by then shows nothing; an idle machine needs two."""

RATES = {"fast": 0.01, "slow": 0.002}
"""Learning rates of the two runs, as they stand in the table of HPARAMS."""

AUGMENTATION = """
augmentation: {operations: [{type: delete_words, rate: 0.4}]}
tensorboard: {log_steps: 3, num_samples: 5}
"""


@pytest.fixture(scope="module")
def runs(tmp_path_factory) -> Path:
    """A folder with two runs that differ in their learning rate."""
    folder = tmp_path_factory.mktemp("tensorboard")
    write_rows(folder)
    (folder / "c.yaml").write_text(CONFIG + AUGMENTATION)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        for name, rate in RATES.items():
            status = train(
                ["--config", "c.yaml", "--run-dir", f"runs/{name}",
                 "--set", f"training.learning_rate={rate}", "--set", "training.epochs=2"]
            )  # fmt: skip
            assert status == 0
    return folder / "runs"


@contextmanager
def tensorboard(logdir: Path, log: Path) -> Iterator[str]:
    """Starts TensorBoard on a folder; gives its address once it has read the runs."""
    command = [sys.executable, "-m", "tensorboard.main", "--logdir", str(logdir)]
    with (
        log.open("wb") as output,
        subprocess.Popen([*command, "--host", "127.0.0.1", "--port", "0"],
                         stdout=output, stderr=output) as process,
    ):  # fmt: skip
        try:
            found = wait_for(lambda: re.search(r"http://127\S+(?=/ )", log.read_text()), log)
            wait_for(lambda: "validation" in " ".join(ask(found[0], "runs")), log)
            yield found[0]
        finally:
            process.terminate()


def wait_for(sight, log: Path | None = None):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if found := sight():
            return found
        time.sleep(0.1)
    raise TimeoutError(log.read_text() if log else "what was looked for did not appear")


def ask(address: str, what: str, **options: str):
    with urlopen(f"{address}/data/{what}?{urlencode(options)}", timeout=SECONDS) as answer:
        return json.load(answer)


@pytest.fixture(scope="module")
def one_run(runs, tmp_path_factory) -> Iterator[str]:
    """TensorBoard as `tfft train` says to start it."""
    log = tmp_path_factory.mktemp("log") / "tensorboard.log"
    with tensorboard(runs / "fast" / "tensorboard", log) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator:
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        pytest.skip(f"there is no browser to look with: none of {', '.join(BROWSERS)}")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        # In a container, where tests often run as root, Chromium's own sandbox does not start.
        chromium = playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture
def look(browser, tmp_path: Path, request) -> Iterator:
    """Opens a tab of TensorBoard; a picture of it is taken when the test ends."""
    page = browser.new_page(viewport={"width": 1500, "height": 2000})
    page.set_default_timeout(SECONDS * 1000)

    def look(address: str, tab: str):
        page.goto(f"{address}/#{tab}")
        return page

    yield look
    folder = Path(os.environ.get("TFFT_SCREENSHOTS", tmp_path))
    folder.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=folder / f"{request.node.name}.png")
    page.close()


WRITERS = {
    "loss": ["train", "validation"],
    "learning_rate": ["train"],
    "gradient_norm": ["train"],
    "rows_per_second": ["train"],
    "tokens_per_second": ["train"],
    "input_bound_share": ["train"],
    "accuracy": ["validation"],
    "macro_f1": ["validation"],
    "labels/positive/f1": ["labels"],
    "labels/negative/recall": ["labels"],
}
"""Which curves a chart has."""


def test_time_series_show_every_curve_with_its_newest_value(one_run, look):
    page = look(one_run, "timeseries")
    search = page.locator("metrics-tag-filter input")
    search.fill(f"^({'|'.join(WRITERS)})$")
    search.press("Escape")
    cards = page.locator("metrics-filtered-view scalar-card")
    shown = {}
    for tag in WRITERS:
        card = cards.filter(has=page.locator(f"tb-truncated-path[title='{tag}']"))
        card.scroll_into_view_if_needed()
        card.locator("line-chart").wait_for()
        lines = card.locator("tb-data-table-content-row")
        lines.first.wait_for()
        shown[tag] = [line.split() for line in lines.all_inner_texts()]
    assert {tag: sorted(line[0] for line in lines) for tag, lines in shown.items()} == WRITERS
    values = {tag: float(lines[0][2].replace(",", "")) for tag, lines in shown.items()}
    assert values["learning_rate"] < RATES["fast"]
    assert values["tokens_per_second"] > values["rows_per_second"] > 1
    assert all(0 <= values[each] <= 1 for each in ("input_bound_share", "accuracy", "macro_f1"))


def test_scalars_show_the_loss_of_both_splits_in_one_chart(one_run, look):
    page = look(one_run, "scalars")
    # Later groups are closed, as a reader finds them.
    page.get_by_role("button", name=re.compile(r"^\s*loss\b")).click()
    page.get_by_text("tag: loss").wait_for()
    chart = page.locator("tf-scalar-card").filter(has_text="tag: loss").locator("vz-line-chart2")

    def colours() -> set[str]:
        strokes = "curves => curves.map(curve => getComputedStyle(curve).stroke)"
        return set(chart.locator("path").evaluate_all(strokes))

    wait_for(lambda: len(colours() - {"none"}) == 2)


def test_images_show_the_confusion_matrix(one_run, look):
    page = look(one_run, "images")
    page.get_by_text("tag: confusion_matrix").wait_for()
    picture = page.locator("tf-image-loader img")
    picture.wait_for()
    page.wait_for_function("image => image.complete", arg=picture.element_handle())
    assert picture.evaluate("image => image.naturalWidth") > 200


def test_text_shows_samples_before_and_after_augmentation(one_run, look):
    page = look(one_run, "text")
    newest = page.locator("tf-text-loader table").first
    newest.wait_for()
    assert newest.locator("th").all_inner_texts() == ["original", "augmented"]
    cells = newest.locator("td").all_inner_texts()
    pairs = list(zip(cells[::2], cells[1::2], strict=True))
    assert len(pairs) == 5
    assert {original for original, _ in pairs} <= {text for text, _ in rows(61)}
    # Of 30 words and more, each is deleted with a probability of 0.4.
    assert any(original != augmented for original, augmented in pairs)
    for original, augmented in pairs:
        left = iter(original.split())
        assert all(word in left for word in augmented.split())
    assert page.locator("tf-text-loader table").count() == 2  # one of each epoch


def hparams_cells(page) -> list[str]:
    table = page.locator("tf-hparams-table-view vaadin-grid-cell-content")
    table.filter(has_text="macro_f1").first.wait_for()
    # The head comes before the rows; a row begins with the hexadecimal name of a trial.
    table.filter(has_text=re.compile(r"^\s*[0-9a-f]{8}")).first.wait_for()
    return [text.strip() for text in table.all_inner_texts() if text.strip()]


def test_hparams_show_the_learning_rate_and_the_validation_score_of_a_run(one_run, look):
    page = look(one_run, "hparams")
    name = re.compile(r"^\s*training\.learning_rate\s*$")
    page.locator("tf-hparams-query-pane paper-checkbox").filter(has_text=name).click()
    page.locator("tf-hparams-table-view vaadin-grid-cell-content").filter(has_text=name).wait_for()
    cells = hparams_cells(page)
    assert "0.010000" in cells
    score = ask(one_run, "plugin/scalars/scalars", run="validation", tag="macro_f1")[-1][2]
    assert f"{score:#.5g}" in cells


def test_hparams_compare_runs_by_what_differs(runs, look, tmp_path: Path):
    with tensorboard(runs, tmp_path / "tensorboard.log") as address:
        page = look(address, "hparams")
        cells = hparams_cells(page)
        # Without a click: of the settings that are shown at first, what differs is the first.
        assert cells[2] == "training.learning_rate"
        assert {"0.010000", "0.0020000"} <= set(cells)
        for name in RATES:
            run = f"{name}/tensorboard/validation"
            score = ask(address, "plugin/scalars/scalars", run=run, tag="macro_f1")[-1][2]
            assert f"{score:#.5g}" in cells
