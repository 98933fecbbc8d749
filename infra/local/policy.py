"""Checks the template against the policy checker's rules, as it is written and as SAM transforms it."""

import json
import os
import shutil
import subprocess

import prepare
from places import LOCAL, ROOT, TEMPLATE

EXCEPTIONS = ROOT / "infra" / "checkov.yaml"
CHECKED = LOCAL / "checked"  # what the checker sees


def check():
    """Prints what the checker finds, and returns its exit code."""
    shutil.rmtree(CHECKED, ignore_errors=True)
    CHECKED.mkdir(parents=True)
    shutil.copy(TEMPLATE, CHECKED)
    (CHECKED / "transformed.json").write_text(json.dumps(transform(TEMPLATE.read_text()), indent=2))
    shutil.copy(EXCEPTIONS, CHECKED)
    # File names without folders, because the checker's search for secrets takes a path of an unlucky length for a key.
    command = [prepare.policy_checker(), "--config-file", EXCEPTIONS.name, "--file", TEMPLATE.name, "transformed.json"]
    # With these variables it would call its makers' service and wait for an answer.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BC_")}
    return subprocess.run(command, cwd=CHECKED, env=environment).returncode


def transform(template):
    """The template as CloudFormation will see it, with the functions' URL, permissions and event sources."""
    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    from samtranslator.parser.parser import Parser
    from samtranslator.translator.translator import Translator
    from samtranslator.yaml_helper import yaml_parse

    written = yaml_parse(template)
    for resource in written["Resources"].values():
        if resource["Type"] == "AWS::Serverless::Function":
            resource["Properties"]["CodeUri"] = "s3://code/function.zip"  # as packaging leaves it
    defaults = {name: parameter.get("Default", "") for name, parameter in written["Parameters"].items()}
    return Translator({}, Parser()).translate(written, parameter_values=defaults)
