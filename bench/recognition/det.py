"""How do misses trade against strangers let in, as a picture?"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np

from bench.recognition.rates import Outcome


def draw(title: str, outcomes: Mapping[str, Outcome], file: Path) -> None:
    """Write one set's DET curves, both axes logarithmic, as a PNG."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt  # noqa: PLC0415  # after the backend was chosen

    figure, axes = plt.subplots(figsize=(7, 5), layout="constrained")
    for name, outcome in outcomes.items():
        let_in, missed = outcome.curve()
        axes.step(np.maximum(let_in, 1e-4), missed, where="post", label=name)
    axes.set(
        xscale="log",
        yscale="log",
        xlim=(1e-3, 1),
        ylim=(1e-3, 1),
        xlabel="strangers let in (FPIR)",
        ylabel="residents missed or misnamed (FNIR)",
        title=title,
    )
    axes.grid(visible=True, which="both", alpha=0.3)
    axes.legend(fontsize="small")
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=120)
    plt.close(figure)
