"""What SAM is told of the stack: the answers that it was given the first time, in a file that git ignores."""

import os
import shlex
import sys

from places import ARCHITECTURES, ROOT, STACK, Trouble

TRACKED = ROOT / "infra" / "samconfig.toml"
FILE = ROOT / "infra" / "samconfig.local.toml"


def read():
    """The answers; before there are any, nothing."""
    if not FILE.exists():
        return {}
    try:
        environment = toml(FILE.read_text()).get("default", {})
    except ValueError as wrong:
        raise Trouble(f"{named(FILE)} is not TOML: {wrong}.")
    sections = [environment.get(section, {}).get("parameters", {}) for section in ("global", "deploy")]
    return {name: value for section in sections for name, value in section.items()}


def toml(text):
    try:
        import tomllib
    except ModuleNotFoundError:  # Python 3.10
        from pip._vendor import tomli as tomllib
    return tomllib.loads(text)


def overrides(answers):
    """The stack's parameters in any form that SAM takes them in."""
    given = answers.get("parameter_overrides", "")
    if isinstance(given, dict):
        return {name: str(value) for name, value in given.items()}
    try:
        words = shlex.split(given if isinstance(given, str) else " ".join(given))
    except ValueError as wrong:
        raise Trouble(f"parameter_overrides in {named(FILE)} cannot be read ({wrong}).")
    return dict(word.split("=", 1) for word in words if "=" in word)


def chosen(wanted, answers, asks):
    """The architecture to build for: that of the stack, or before there is one, what is wanted."""
    there = overrides(answers).get("Architecture")
    if wanted and there and wanted != there:
        raise Trouble(f"The stack runs on {there}: to change that, write Architecture={wanted} into {named(FILE)}.")
    known = wanted or there or (ask() if asks else default())
    if known not in ARCHITECTURES:
        raise Trouble(f"ARCHITECTURE should be {' or '.join(ARCHITECTURES)}, and it is '{known}'.")
    return known


def ask():
    first = ARCHITECTURES[0]
    return input(f"Build for which processor of AWS Lambda, {' or '.join(ARCHITECTURES)}? [{first}] ").strip() or first


def default():
    tell(f"Building for {ARCHITECTURES[0]}; ARCHITECTURE={ARCHITECTURES[1]} chooses the other one.")
    return ARCHITECTURES[0]


def seed(architecture, asks):
    """Begins the file of answers. What nobody can be asked is answered here."""
    if FILE.exists():
        return
    answered = f'stack_name = "{STACK}"\nparameter_overrides = "Architecture={architecture}"\n'
    FILE.write_text(TRACKED.read_text() + ("" if asks else answered))


def named(file):
    return os.path.relpath(file)


def tell(sentence):
    print(sentence, file=sys.stderr, flush=True)
