"""Where things are, and the one kind of error that is printed as a sentence."""

import platform
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TEMPLATE = ROOT / "template.yaml"
FUNCTIONS = ("receiver", "reactor", "reconciler")
TOOL = "alga-webhooks"
# The stack, unless somebody names it otherwise.
STACK = "alga-webhooks"

TARGET = ROOT / "target"
# All that runs on this machine.
LOCAL = TARGET / "local"
BIN = LOCAL / "bin"
# What is deployed, a folder for each architecture; the template names the first one.
DEPLOY = TARGET / "deploy"
ARCHITECTURES = ("arm64", "x86_64")
# What a tag publishes.
PACKAGE = TARGET / "package"


def architecture():
    """This machine's."""
    return "arm64" if platform.machine().lower() in ("arm64", "aarch64") else "x86_64"


def version():
    """The version that all packages of the workspace share."""
    return re.search(r'^version = "(.+)"$', (ROOT / "Cargo.toml").read_text("utf-8"), re.MULTILINE)[1]


class Trouble(Exception):
    """Something that the user can put right; its text says how."""
