"""Rows a second of whole training steps, and where a step's time goes.

Enters: a file of rows, or the demo, and a model's sizes. Leaves: tables on standard output, and
JSON on request. Runs the project's own training loop; `step_parts.py` states how parts are told
apart. Trains from random weights and keeps nothing: scores are no subject here.
"""

from __future__ import annotations

import argparse
import statistics
import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from measure import alternate, seconds, spread, table
from options import add_size, new_parser, run

from tfft.errors import DataError, Fault

if TYPE_CHECKING:
    from workload import Workload

    from tfft.training.loop import Throughput

DESCRIPTION = "Measures whole training steps and the parts of a step."

EPILOG = """parts of a step:
  input                       waiting for the batch, as the training loop counts it
  forward                     embeddings to loss, dropout on
  backward                    gradients of all weights
  gradient norm and clipping  dense gradients, their norm over all weights, scaling
  optimizer update            AdamWeightDecay
  rest                        what the whole step in the loop takes beyond these: Python, and
                              cores that are busy with the next batches

Whole steps and graphs of growing prefixes of a step run in turn over the same batches; a part is
what the time grows by. The first batch of an epoch is waited for longer and is told apart.

examples:
  python benchmarks/training_step.py
  python benchmarks/training_step.py --hidden-size 512 --layers 4 --heads 8 \\
      --intermediate-size 2048 --batch-size 16 --precision bfloat16 --steps 20
  python benchmarks/training_step.py --input sst2/train.tsv --vocab bert-base-uncased/vocab.txt
"""

QUICK_STEPS = 3

MODEL = ("hidden_size", "num_hidden_layers", "num_attention_heads", "intermediate_size")


def main(argv: list[str] | None = None) -> int:
    """Runs the benchmark; returns the exit status."""
    parser = new_parser("training_step", DESCRIPTION, EPILOG, rounds=9)
    for option, meaning in (
        ("hidden-size", "width of the hidden states"),
        ("layers", "encoder layers"),
        ("heads", "attention heads a layer"),
        ("intermediate-size", "width of the feed-forward part"),
    ):
        add_size(parser, option, meaning)
    parser.add_argument(
        "--precision", choices=("float32", "bfloat16"), default="float32",
        help="arithmetic of the model (float32)",
    )  # fmt: skip
    parser.add_argument(
        "--steps", type=int, default=40, metavar="N",
        help="steps of a round, if the rows suffice; the first of an epoch comes before them (40)",
    )  # fmt: skip
    return run(parser, _measure, argv)


def _measure(args: argparse.Namespace, workload: Workload) -> tuple[dict[str, Any], str]:
    import step_parts as parts

    config = workload.config
    num_steps = _num_steps(QUICK_STEPS if args.quick else args.steps, workload)
    loop = parts.make_loop(workload, num_steps=(args.rounds + 1) * (2 * num_steps + 1))
    batches = parts.training_batches(workload)
    graphs = parts.prefixes(loop, batches.element_spec)
    batch_list = list(batches.skip(1).take(num_steps))
    samples = alternate(
        {"whole": parts.whole_steps(loop, workload, num_steps)}
        | {name: parts.over_batches(graph, batch_list) for name, graph in graphs.items()}
        | {"product": parts.matrix_product(config.training.precision)},
        rounds=args.rounds,
    )
    sizes = {name: getattr(config.model, name) for name in MODEL}
    num_labels = len(workload.store.label_names)
    shapes = [batch["input_ids"].shape for batch in batch_list]
    flop = [parts.step_flop(sizes, rows=r, tokens=t, num_labels=num_labels) for r, t in shapes]
    ceilings = [parts.matrix_product_flop() / each for each in seconds(samples.pop("product"))]
    report = {
        "model": sizes | {"parameters": loop.model.count_params()},
        "precision": config.training.precision,
        "steps": num_steps,
    }
    results = [sample.result for sample in samples["whole"]]
    report |= whole_figures(results, num_steps)
    report |= arithmetic(
        sum(flop) / num_steps, report["step_seconds"]["median"], statistics.median(ceilings)
    )
    report["part_seconds"] = part_seconds(
        [throughput.seconds / num_steps for throughput, _ in results],
        [throughput.input_seconds / num_steps for throughput, _ in results],
        {name: [each / num_steps for each in seconds(samples[name])] for name in graphs},
    )
    return report, _text(report)


def whole_figures(results: Sequence[tuple[Throughput, float]], num_steps: int) -> dict[str, Any]:
    """Returns the speed of whole steps from what `step_parts.whole_steps` gave."""
    metrics = [throughput.metrics() for throughput, _ in results]
    return {
        "rows_per_second": spread([each["rows_per_second"] for each in metrics]),
        "tokens_per_second": spread([each["tokens_per_second"] for each in metrics]),
        "padding_share": metrics[0]["padding_share"],
        "step_seconds": spread([throughput.seconds / num_steps for throughput, _ in results]),
        "first_batch_seconds": statistics.median(first for _, first in results),
    }


def arithmetic(flop: float, step_seconds: float, ceiling: float) -> dict[str, float]:
    """Returns how near a step comes to nothing but matrix products."""
    return {
        "flop_per_step": flop,
        "flop_per_second": flop / step_seconds,
        "ceiling_flop_per_second": ceiling,
        "share_of_ceiling": flop / step_seconds / ceiling,
    }


def part_seconds(
    whole: Sequence[float], inputs: Sequence[float], prefixes: Mapping[str, Sequence[float]]
) -> dict[str, float]:
    """Returns the median over the rounds of what each part takes.

    Args:
        whole: seconds of a whole step, by round.
        inputs: seconds of it that were spent waiting for input.
        prefixes: seconds of each graph of a step's beginning, the shortest graph first.
    """
    parts = {"input": list(inputs)}
    before = [0.0] * len(whole)
    for name, times in prefixes.items():
        parts[name] = [time - less for time, less in zip(times, before, strict=True)]
        before = list(times)
    rounds = zip(whole, inputs, before, strict=True)
    parts["rest"] = [total - waited - graph for total, waited, graph in rounds]
    return {name: statistics.median(times) for name, times in parts.items()}


def _num_steps(wanted: int, workload: Workload) -> int:
    rows, batch_size = workload.store.num_rows, workload.config.training.batch_size
    num_batches = -(-rows // batch_size)
    if num_batches < 2:
        fault = Fault("--batch-size", f"{rows} rows are one batch", "two batches or more")
        raise DataError("There are too few rows", [fault])
    return max(1, min(wanted, num_batches - 1))


def _text(report: dict[str, Any]) -> str:
    step = report["step_seconds"]["median"]
    lines = [
        [name.replace("_", " "), f"{1000 * part:.2f}", f"{part / step:.1%}"]
        for name, part in report["part_seconds"].items()
    ]
    lines.append(["whole step", f"{1000 * step:.2f}", "100.0%"])
    rows, model = report["rows_per_second"], report["model"]
    sizes = ", ".join(f"{name} {value:,}" for name, value in model.items())
    return f"""{sizes}, {report["precision"]}

{table(["part of a step", "ms", "share"], lines)}

rows/s {rows["median"]:,.0f} ({rows["min"]:,.0f} to {rows["max"]:,.0f}), \
real tokens/s {report["tokens_per_second"]["median"]:,.0f}, \
padding {report["padding_share"]:.1%} of all tokens
waiting for the first batch of an epoch: {report["first_batch_seconds"]:.3f} s, not counted above
{report["flop_per_step"] / 1e9:.2f} GFLOP a step, {report["flop_per_second"] / 1e9:.0f} GFLOP/s, \
{report["share_of_ceiling"]:.0%} of the {report["ceiling_flop_per_second"] / 1e9:.0f} GFLOP/s \
that a product of two 2048 x 2048 matrices reaches"""


if __name__ == "__main__":
    sys.exit(main())
