"""Builds the functions again when their code changes, and gives them to the stack that runs."""

import build
import stack
from places import ROOT, Trouble

WATCHED = ("Cargo.toml", "Cargo.lock", "functions", "shared")
SUFFIXES = (".rs", ".toml", ".lock", ".zdict")


class Code:
    """The functions' code, as it was when it was built."""

    def __init__(self):
        self.built = written()

    def look(self, variables):
        """Builds and deploys what has changed since the last look, if anything has."""
        if written() == self.built:
            return
        self.built = written()
        try:
            build.local()
        except Trouble as trouble:
            return print(f"{trouble} The functions run on as they were.\n", flush=True)
        stack.update(variables)
        print("The functions are new now.\n", flush=True)


def written():
    """When each file was last written."""
    places = [ROOT / name for name in WATCHED]
    files = [file for place in places for file in ([place] if place.is_file() else place.rglob("*"))]
    return {file: file.stat().st_mtime_ns for file in files if file.suffix in SUFFIXES}
