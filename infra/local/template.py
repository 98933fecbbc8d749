"""template.yaml, changed as text, so that its comments stay."""

import re

from places import TEMPLATE, Trouble


def with_code(code, written=None):
    """The template, or one like it, with another place for each function's code: `{name: what CodeUri shall be}`."""
    template = written or TEMPLATE.read_text()
    for name, place in code.items():
        template = replaced(template, f"CodeUri: target/deploy/arm64/{name}\n", f"CodeUri: {place}\n")
    return template


def without(resource, template):
    """The template without a resource."""
    left, times = re.subn(rf"(?m)^  {resource}:\n(?:    .*\n|\n)*", "", template)
    if times != 1:
        raise Trouble(f"{TEMPLATE.name} should have one resource {resource}, which is left out.")
    return left


def inserted(template, after, more):
    """The template with more lines after a line."""
    return replaced(template, after, after + more)


def replaced(template, written, instead):
    if template.count(written) != 1:
        raise Trouble(f"{TEMPLATE.name} should have one line '{written.strip()}', which is replaced for where the code is.")
    return template.replace(written, instead)
