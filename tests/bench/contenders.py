"""What is compared: builds the Rust programs, sets up the peers under target/bench, and says how each is started."""

import hashlib
import io
import os
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import build
import prepare
from figures import FLOOR, NODE, OURS
from places import TARGET, TEMPLATE, Trouble

HERE = Path(__file__).resolve().parent
PEERS = HERE / "peers"
OUT = TARGET / "bench"
# What the path of an event takes; the reconciler stands beside it.
FUNCTIONS = ("receiver", "reactor")
# ESM bundles of the AWS SDK still ask for CommonJS modules.
BANNER = "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);"
# boto3 and the runtime client come with Lambda; what a user uploads next to the handler is this.
UPLOADED = ("aws_lambda_powertools", "jmespath", "typing_extensions.py")


def built():
    """Builds the functions, the bench and the floor in release mode, each with its own features, and gives the folder that
    they are in."""
    for packages in (FUNCTIONS, ["bench"], ["floor"]):
        programs = build.released(*packages)
    return programs


def prepared(programs):
    """All contenders that can run here, ours first, and a sentence for each that cannot."""
    chosen = [ours(programs), floor(programs)]
    missing = []
    for peer in (node, python):
        try:
            chosen.append(peer())
        except Trouble as trouble:
            missing.append(str(trouble))
            print(trouble, flush=True)
    return chosen, missing


def ours(programs):
    receiver, reactor = (programs / name for name in FUNCTIONS)
    return contender(
        OURS,
        [receiver],
        [reactor],
        keys=["stream", "event"],
        index=index(),
        sends=True,
        zips=(zipped({"bootstrap": receiver}), zipped({"bootstrap": reactor})),
    )


def index():
    """The inbox's local index, as the template has it."""
    listed = re.search(r"IndexName: due .*?NonKeyAttributes: \[(.*?)\]", TEMPLATE.read_text(), re.DOTALL)
    return {"attribute": "due", "projected": [name.strip() for name in listed[1].split(",")]}


def floor(programs):
    receiver, reactor = programs / "floor-receiver", programs / "floor-reactor"
    zips = (zipped({"bootstrap": receiver}), zipped({"bootstrap": reactor}))
    return contender(FLOOR, [receiver], [reactor], verifies=False, zips=zips)


def node():
    program, npm = shutil.which("node"), shutil.which("npm")
    if not (program and npm):
        raise Trouble("Node.js is missing here, so its peer is left out: install Node.js 20 or later, with npm.")
    folder = installed(npm)
    bundled(folder)
    runtime, receiver, reactor = (folder / "built" / f"{name}.mjs" for name in ("runtime", "receiver", "reactor"))
    return contender(
        NODE,
        [program, runtime, receiver],
        [program, runtime, reactor],
        zips=(zipped({"index.mjs": receiver}), zipped({"index.mjs": reactor})),
        version=said(program, "--version"),
    )


def installed(npm):
    folder, stamp = OUT / "node", OUT / "node" / "stamp"
    wanted = hashlib.sha256(b"".join((PEERS / "node" / name).read_bytes() for name in LOCKED)).hexdigest()
    if not (stamp.exists() and stamp.read_text() == wanted):
        print("Setting up target/bench/node with the AWS SDK and esbuild, once …", flush=True)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for name in LOCKED:
            shutil.copy(PEERS / "node" / name, folder)
        if subprocess.run([npm, "ci", "--no-audit", "--no-fund", "--loglevel=error"], cwd=folder).returncode != 0:
            raise Trouble("The packages of the Node.js peer could not be installed, so it is left out.")
        stamp.write_text(wanted)
    return folder


LOCKED = ("package.json", "package-lock.json")


def bundled(folder):
    for name in ("receiver", "reactor", "runtime"):
        shutil.copy(PEERS / "node" / f"{name}.mjs", folder)
        how = ["--bundle", "--minify", "--platform=node", "--target=node20", "--format=esm", "--log-level=error"]
        what = [folder / f"{name}.mjs", f"--outfile={folder / 'built' / f'{name}.mjs'}"]
        fields = ["--main-fields=module,main", f"--banner:js={BANNER}"]
        if subprocess.run([folder / "node_modules/.bin/esbuild", *what, *how, *fields], cwd=folder).returncode != 0:
            raise Trouble("The Node.js peer could not be bundled, so it is left out.")


def python():
    program = environment("python", PEERS / "python" / "requirements.txt", "Powertools and the runtime client")
    [site] = (program.parents[1] / "lib").glob("python3*/site-packages")
    env = {"PYTHONPATH": str(PEERS / "python"), "LAMBDA_TASK_ROOT": str(PEERS / "python"), "PYTHONDONTWRITEBYTECODE": "1"}
    start = [program, "-m", "awslambdaric"]
    libraries = {name: site / name for name in UPLOADED}
    return contender(
        "Python",
        [*start, "receiver.handler"],
        [*start, "reactor.handler"],
        env=env,
        slower=5,
        zips=tuple(zipped({f"{name}.py": PEERS / "python" / f"{name}.py", **libraries}) for name in ("receiver", "reactor")),
        version=said(program, "--version"),
    )


def environment(name, requirements, what):
    """A Python environment of the bench's own, made once; gives its Python."""
    folder = OUT / name
    prepare.install(folder, what, requirements)
    return folder / "bin" / "python"


def contender(name, receiver, reactor, zips, keys=("id",), index=None, verifies=True, sends=False, env=None, slower=1, version=""):
    function = lambda command: {"command": [str(word) for word in command], "env": env or {}}
    plan = {"name": name, "receiver": function(receiver), "reactor": function(reactor), "keys": list(keys)}
    plan |= {"index": index, "verifies": verifies, "sends": sends, "slower": slower}
    return {"name": name, "version": version, "zips": zips, "plan": plan}


def zipped(entries):
    """How many bytes a deployment package of these files and folders has."""
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as content:
        for name, path in entries.items():
            files = [path] if path.is_file() else sorted(path.rglob("*"))
            for file in files:
                if file.is_file() and file.suffix != ".pyc":
                    content.write(file, os.path.join(name, file.relative_to(path)) if path.is_dir() else name)
    return len(archive.getvalue())


def said(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout.strip().splitlines()[0]
