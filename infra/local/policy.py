"""Holds the template against the policy checker's rules: as it is written, and as SAM makes it."""

import json
import os
import shutil
import subprocess

import prepare
from places import LOCAL, ROOT, TEMPLATE

EXCEPTIONS = ROOT / "infra" / "checkov.yaml"
CHECKED = LOCAL / "checked"  # what the checker sees


def check():
    """Prints what the checker finds, and gives its exit code."""
    shutil.rmtree(CHECKED, ignore_errors=True)
    CHECKED.mkdir(parents=True)
    shutil.copy(TEMPLATE, CHECKED)
    (CHECKED / "transformed.json").write_text(json.dumps(transform(TEMPLATE.read_text()), indent=2))
    shutil.copy(EXCEPTIONS, CHECKED)
    # By names without folders: the checker's search for secrets reads a path of an unlucky length as a key.
    command = [prepare.policy_checker(), "--config-file", EXCEPTIONS.name, "--file", TEMPLATE.name, "transformed.json"]
    # It would wait for an answer from its makers' service, of which nothing here needs to know.
    environment = {name: value for name, value in os.environ.items() if not name.startswith("BC_")}
    return subprocess.run(command, cwd=CHECKED, env=environment).returncode


def transform(template):
    """All that CloudFormation will see: the functions' URL, permissions and event sources among it."""
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
