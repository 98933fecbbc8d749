"""Makes what a tag publishes: the functions zipped, a template that finds them in a bucket, and checksums."""

import hashlib
import shutil

import archive
import template
from places import FUNCTIONS, version

PARAMETERS = """\
  CodeBucket:
    Type: String
    AllowedPattern: ^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$
    ConstraintDescription: must be the name of an S3 bucket
    Description: Bucket in the stack's region that the functions' zips were uploaded to.
  CodePrefix:
    Type: String
    Default: ""
    AllowedPattern: ^([^/].*/)?$
    ConstraintDescription: must be empty, or end with a slash and not begin with one
    Description: What comes before the zips' names in that bucket, such as alga-webhooks/.
"""
GROUP = """\
      - Label: { default: Where the code is }
        Parameters: [CodeBucket, CodePrefix]
"""


def make(code, folder, level=9):
    """Leaves zips and template in a folder of their own; `code` is `{architecture: {name: files}}`, `level` zlib's."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    zips = {
        (name, architecture): archive.zipped(files, level=level)
        for architecture, functions in code.items()
        for name, files in functions.items()
    }
    release = f"{version()}-{fingerprint(zips)}"
    for (name, architecture), data in zips.items():
        (folder / f"{name}-{release}-{architecture}.zip").write_bytes(data)
    (folder / "template.yaml").write_text(published(release))


def fingerprint(zips):
    """Part of the zips' names: CloudFormation takes a function's code for new only when its place is."""
    return hashlib.sha256(b"".join(zips[each] for each in sorted(zips))).hexdigest()[:8]


def published(release):
    """The template for zips in a bucket that its user names."""
    key = f"${{CodePrefix}}NAME-{release}-${{Architecture}}.zip"
    place = f'{{ Bucket: !Ref CodeBucket, Key: !Sub "{key}" }}'
    written = template.with_code({name: place.replace("NAME", name) for name in FUNCTIONS})
    written = template.inserted(written, "    ParameterGroups:\n", GROUP)
    return template.inserted(written, "\nParameters:\n", PARAMETERS)


def summed(folder):
    """Writes down the checksums of all that is in a folder, in the form that sha256sum checks."""
    files = sorted(file for file in folder.iterdir() if file.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(file.read_bytes()).hexdigest()}  {file.name}\n" for file in files]
    (folder / "SHA256SUMS").write_text("".join(lines))
