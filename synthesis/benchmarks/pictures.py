"""Charts as SVG, readable on light and dark pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

INK, ACCENT, SECOND = "#808080", "#d9643a", "#3a87d9"


def _axes(width: float, height: float, columns: int = 1) -> tuple[Any, Any]:
    import matplotlib as mpl

    mpl.use("svg")
    mpl.rcParams.update(
        {
            "svg.hashsalt": "timbre",  # the same data gives the same file
            "svg.fonttype": "none",
            "font.size": 10,
            "text.color": INK,
            "axes.labelcolor": INK,
            "axes.edgecolor": INK,
            "xtick.color": INK,
            "ytick.color": INK,
            "axes.spines.top": False,
            "axes.spines.right": False,
        }
    )
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, columns, figsize=(width, height), layout="constrained")
    return figure, axes


def _write(figure: Any, path: Path) -> None:
    figure.savefig(path, format="svg", transparent=True, metadata={"Date": None})


def bars(path: Path, values: Mapping[str, float], *, label: str) -> None:
    """Draw horizontal bars in the given order, each with its share of the total."""
    figure, axes = _axes(7.5, 0.36 * len(values) + 0.8)
    names, whole = list(values), sum(values.values())
    drawn = axes.barh(names, list(values.values()), color=ACCENT)
    axes.bar_label(drawn, [f"{value / whole:.0%}" for value in values.values()], padding=4)
    axes.invert_yaxis()
    axes.set_xlabel(label)
    _write(figure, path)


def curves(
    path: Path,
    x: Sequence[float],
    panels: Mapping[str, Mapping[str, Sequence[float]]],
    *,
    label: str,
) -> None:
    """Draw panels side by side, by the name of their y axis, each with named curves over x."""
    figure, all_axes = _axes(4.2 * len(panels), 3.2, len(panels))
    for axes, (title, lines) in zip(all_axes, panels.items(), strict=True):
        for (name, y), colour in zip(lines.items(), (ACCENT, SECOND), strict=False):
            axes.plot(x, y, marker="o", color=colour, label=name)
        axes.set_xscale("log", base=2)
        axes.set_xticks(x, [f"{value:g}" for value in x])
        axes.set_ylim(bottom=0)
        axes.set_xlabel(label)
        axes.set_ylabel(title)
        axes.legend(frameon=False)
    _write(figure, path)
