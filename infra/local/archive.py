"""Archives that come out the same to the byte whenever and wherever they are made of the same files by the same zlib.

`python3 infra/local/archive.py PROGRAM FOLDER` packs the operator's tool; it runs on Windows too, unlike the rest here.
"""

import gzip
import io
import platform
import sys
import tarfile
import zipfile
from pathlib import Path

from places import ROOT, TOOL, architecture, version


def mode(name):
    return 0o644 if name == "LICENSE" else 0o755


def zipped(files, compression=zipfile.ZIP_DEFLATED, level=9):
    """A zip of `{name: content}`; all is executable but for the licence."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", compression, compresslevel=level) as content:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name)  # its time is 1980, the earliest that a zip can say
            entry.create_system = 3  # Unix, which has modes, also when it is made on Windows
            entry.external_attr = mode(name) << 16
            entry.compress_type = compression
            content.writestr(entry, data, compresslevel=level)
    return archive.getvalue()


def tarred(files):
    """The same as a .tar.gz."""
    archive = io.BytesIO()
    with gzip.GzipFile(fileobj=archive, mode="wb", filename="", mtime=0) as packed:
        with tarfile.open(fileobj=packed, mode="w", format=tarfile.USTAR_FORMAT) as content:
            for name, data in sorted(files.items()):
                entry = tarfile.TarInfo(name)  # its time is 1970, its owner nobody in particular
                entry.mode, entry.size = mode(name), len(data)
                content.addfile(entry, io.BytesIO(data))
    return archive.getvalue()


def tool(program, folder):
    """Packs the operator's tool with its licence, and gives the archive's path."""
    system = {"Darwin": "macos"}.get(platform.system(), platform.system().lower())
    name = f"{TOOL}-{version()}-{system}-{architecture()}"
    pack, ending = (zipped, "zip") if system == "windows" else (tarred, "tar.gz")
    files = {program.name: program.read_bytes(), "LICENSE": (ROOT / "LICENSE").read_bytes()}
    there = folder / f"{name}.{ending}"
    folder.mkdir(parents=True, exist_ok=True)
    there.write_bytes(pack(files))
    return there


if __name__ == "__main__":
    print(tool(*map(Path, sys.argv[1:])))
