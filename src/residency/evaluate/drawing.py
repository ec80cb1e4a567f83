"""The paper that every figure is drawn on: size, type, one accent colour, and a footer for the caveats.

    sheet = Sheet("Dice by structure", "19 subjects", caveats, body_in=2.0)
    axes = sheet.axes(left_in=1.2, right_in=1.6)
    ...
    return sheet.png()

The same input gives the same bytes under the same matplotlib: no date, no version in the file, no global state (the
pyplot module is not used). Not here: what is drawn (`figures`, `overlay`).
"""

import io
import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # drawing is the work of few commands, and matplotlib takes half a second to import
    from matplotlib.axes import Axes

INK = "#1d2733"
QUIET = "#6b7785"
FAINT = "#c3cad2"
HAIRLINE = "#e6eaee"
ACCENT = "#d9480f"
PAPER = "#ffffff"

WIDTH_IN = 7.0
DPI = 200
_MARGIN_IN = 0.22
_LINE_IN = 0.16


class Sheet:
    """One figure, 7 inches wide: title and subtitle on top, `body_in` inches for drawing, caveats at the foot."""

    def __init__(self, title: str, subtitle: str, caveats: Sequence[str], *, body_in: float) -> None:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure

        note = textwrap.wrap("  ·  ".join(caveats), width=108, break_long_words=False)
        self.body_in = body_in
        self.foot_in = _MARGIN_IN + len(note) * _LINE_IN + (0.1 if note else 0)
        self.height_in = 0.86 + body_in + self.foot_in
        self.figure = Figure(figsize=(WIDTH_IN, self.height_in), dpi=DPI, facecolor=PAPER)
        FigureCanvasAgg(self.figure)
        self.write(_MARGIN_IN, self.height_in - 0.26, title, size=12, weight="bold", va="center")
        self.write(_MARGIN_IN, self.height_in - 0.51, subtitle, size=9, color=QUIET, va="center")
        for line, text in enumerate(reversed(note)):
            self.write(_MARGIN_IN, _MARGIN_IN * 0.8 + line * _LINE_IN, text, size=8, color=QUIET, style="italic")

    def write(self, x_in: float, y_in: float, text: str, *, size: float, **style: Any) -> None:
        """Text at a place in inches from the lower left corner."""
        style = {"color": INK, "va": "baseline", **style}
        self.figure.text(x_in / WIDTH_IN, y_in / self.height_in, text, fontsize=size, **style)

    def axes(self, *, left_in: float, right_in: float, below_in: float = 0.42) -> "Axes":
        """The axes of the body, bare but for a thin line below; `below_in` inches are kept for its labels."""
        left, width = left_in / WIDTH_IN, (WIDTH_IN - left_in - right_in) / WIDTH_IN
        bottom, height = (self.foot_in + below_in) / self.height_in, (self.body_in - below_in) / self.height_in
        axes = self.figure.add_axes((left, bottom, width, height))
        for side in ("top", "left", "right"):
            axes.spines[side].set_visible(False)
        axes.spines["bottom"].set_color(FAINT)
        axes.tick_params(axis="both", length=0, labelsize=9, labelcolor=QUIET, pad=5)
        axes.set_axisbelow(True)
        return axes

    def png(self) -> bytes:
        """The bytes of the PNG."""
        buffer = io.BytesIO()
        self.figure.savefig(buffer, format="png", metadata={"Software": None})
        return buffer.getvalue()
