"""Where things are, and the one kind of error that is told as a sentence."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = ROOT / "target"
LOCAL = TARGET / "local"
TEMPLATE = ROOT / "template.yaml"
FUNCTIONS = ("receiver", "reactor")


class Trouble(Exception):
    """Something that the user can put right; its text says how."""
