"""Makes a picture of a page small: `shrink.py FROM.png TO.png`. It keeps 256 colours; the eye does not miss the others."""

import sys

from PIL import Image

COLOURS = 256


def main():
    page, small = sys.argv[1:]
    colours = Image.open(page).convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    colours.save(small, optimize=True)


main()
