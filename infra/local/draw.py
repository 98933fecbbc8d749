"""Draws what a terminal showed: `draw.py COLUMNS TITLE FILE.svg`, with the text and its colours on standard input."""

import io
import re
import sys

from rich.console import Console
from rich.terminal_theme import TerminalTheme
from rich.text import Text

# A background of its own, so that it can be read on a light page and on a dark one.
THEME = TerminalTheme(
    (22, 27, 34),
    (230, 237, 243),
    [(110, 118, 129), (255, 123, 114), (86, 211, 100), (227, 179, 65), (121, 192, 255), (210, 168, 255), (86, 212, 221), (230, 237, 243)],
)

# rich's own format, except for the font, which rich would fetch from elsewhere.
FORMAT = """\
<svg viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">
<style>
.{unique_id}-matrix {{ font: {char_height}px/{line_height}px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace }}
.{unique_id}-title {{ font: bold 18px sans-serif }}
{styles}
</style>
{chrome}
<g transform="translate({terminal_x}, {terminal_y})">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def main(columns, title, file):
    console = Console(record=True, file=io.StringIO(), width=int(columns), color_system="truecolor", legacy_windows=False)
    console.print(Text.from_ansi(sys.stdin.read()), overflow="fold")
    drawn = console.export_svg(title=title, theme=THEME, code_format=FORMAT, unique_id="t", font_aspect_ratio=0.602)
    with open(file, "w", encoding="utf-8") as svg:
        svg.write(lean(drawn))


def lean(drawn):
    """The drawing without clip paths, with a line for each text, and with spaces of two bytes instead of six."""
    drawn = re.sub(r' clip-path="[^"]*"', "", drawn)
    return drawn.replace("</text>", "</text>\n").replace("&#160;", "\u00a0")


if __name__ == "__main__":
    main(*sys.argv[1:])
