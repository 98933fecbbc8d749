"""Deploys template.yaml to the local AWS, unchanged except for where the code is, as `sam package` would."""

import hashlib
import io
import logging
import platform
import re
import secrets
import shlex
import time
import zipfile

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

from places import FUNCTIONS, LOCAL, TEMPLATE, Trouble
from server import variables

BUCKET = "code"


def native():
    """The functions as they were built for this machine: `{name: files}`, where files is `{name in the zip: content}`."""
    return {name: {"bootstrap": (LOCAL / "functions" / name / "bootstrap").read_bytes()} for name in FUNCTIONS}


def deploy(endpoint, stack, parameters="", code=None, template=None):
    """Deploys the template as the stack of that name, and returns what its users need as variables."""
    template = packaged(template or TEMPLATE.read_text(), code or native(), client(endpoint, "s3"))
    outputs = create(client(endpoint, "cloudformation"), stack, template, parsed(parameters))
    secretsmanager = client(endpoint, "secretsmanager")
    signing_secret = put_signing_secret(secretsmanager, outputs["SecretId"])
    reaction_secret_id = outputs.get("ReactionSecretId", "")
    reaction_secret = (
        secretsmanager.get_secret_value(SecretId=reaction_secret_id)["SecretString"] if reaction_secret_id else ""
    )
    return {
        "WEBHOOK_URL": reachable(outputs["WebhookUrl"], endpoint),
        "SIGNING_SECRET": signing_secret,
        "SECRET_ID": outputs["SecretId"],
        "INBOX_TABLE": outputs["InboxTable"],
        "QUEUE_URL": outputs["QueueUrl"],
        "DEAD_LETTER_QUEUE_URL": outputs["DeadLetterQueueUrl"],
        "REACTION_SECRET": reaction_secret,
        "REACTION_SECRET_ID": reaction_secret_id,
        "TICKET_API_SECRET_ID": outputs.get("TicketApiSecretId", ""),
        "EVENT_BUS": outputs.get("EventBusName", ""),
        "STACK_NAME": stack,
        "RECEIVER_FUNCTION": outputs["ReceiverFunction"],
        "REACTOR_FUNCTION": outputs["ReactorFunction"],
        "RECEIVER_LOG_GROUP": outputs["ReceiverLogGroup"],
        "REACTOR_LOG_GROUP": outputs["ReactorLogGroup"],
        **variables(endpoint),
    }


def create(cloudformation, stack, template, parameters):
    """Creates the stack and returns its outputs."""
    try:
        cloudformation.create_stack(
            StackName=stack,
            TemplateBody=template,
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
    except ClientError as refused:
        raise Trouble(f"Stack {stack} was refused: {refused.response['Error']['Message']}")
    while (now := status(cloudformation, stack)) == "CREATE_IN_PROGRESS":
        time.sleep(0.1)
    if now != "CREATE_COMPLETE":
        raise Trouble(f"Stack {stack} could not be deployed ({now}):\n{reasons(cloudformation, stack)}")
    [description] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    return {output["OutputKey"]: output["OutputValue"] for output in description["Outputs"]}


def put_signing_secret(secretsmanager, secret_id):
    """Makes a secret as AlgaPSA does and puts it in as the first value. (ministack, unlike AWS, starts with an empty one.)"""
    [empty] = secretsmanager.describe_secret(SecretId=secret_id)["VersionIdsToStages"]
    signing_secret = secrets.token_urlsafe(32)
    secretsmanager.put_secret_value(SecretId=secret_id, SecretString=signing_secret)
    secretsmanager.update_secret_version_stage(
        SecretId=secret_id, VersionStage="AWSPREVIOUS", RemoveFromVersionId=empty
    )
    return signing_secret


def delete(endpoint, stack):
    """Deletes the stack; its table stays, as the template says."""
    cloudformation = client(endpoint, "cloudformation")
    functions = client(endpoint, "lambda")
    for resource in cloudformation.describe_stack_resources(StackName=stack)["StackResources"]:
        if resource["ResourceType"] == "AWS::Lambda::Function":  # or its processes would stay
            functions.delete_function(FunctionName=resource["PhysicalResourceId"])
    cloudformation.delete_stack(StackName=stack)
    while status(cloudformation, stack) == "DELETE_IN_PROGRESS":
        time.sleep(0.1)


def client(endpoint, service):
    settings = variables(endpoint)
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=settings["AWS_REGION"],
        aws_access_key_id=settings["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=settings["AWS_SECRET_ACCESS_KEY"],
        config=Config(proxies={}),  # no proxy of the environment leads to this machine
    )


def packaged(template, code, s3):
    """The template with each function's code in S3."""
    try:
        s3.create_bucket(Bucket=BUCKET)
    except s3.exceptions.BucketAlreadyOwnedByYou:
        pass
    for name, files in code.items():
        written = f"CodeUri: target/deploy/arm64/{name}\n"  # as `sam deploy` needs it; what runs here is another build
        if written not in template:
            raise Trouble(f"{TEMPLATE.name} has no line '{written.strip()}', by which the local AWS finds the code.")
        template = template.replace(written, f"CodeUri: s3://{BUCKET}/{uploaded(name, files, s3)}\n")
    return template


def uploaded(name, files, s3):
    key = f"{name}-{hashlib.sha256(repr(sorted(files)).encode() + b''.join(files.values())).hexdigest()}.zip"
    try:
        s3.head_object(Bucket=BUCKET, Key=key)
    except ClientError:
        s3.put_object(Bucket=BUCKET, Key=key, Body=zipped(files))
    return key


def zipped(files):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o755 << 16
            content.writestr(entry, data)
    return archive.getvalue()


def parsed(text):
    """`"HoldSeconds=0 WatchedIds=1,2"` as `{name: value}`, for this machine's processor."""
    machine = platform.machine().lower()
    values = {"Architecture": "arm64" if machine in ("arm64", "aarch64") else "x86_64"}
    known = re.findall(r"^  (\w+):\n    Type: (?:String|Number)$", TEMPLATE.read_text(), re.MULTILINE)
    try:
        words = shlex.split(text)
    except ValueError as wrong:
        raise Trouble(f"The parameters cannot be read ({wrong}): {text}")
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or name not in known:
            raise Trouble(f"'{word}' should be NAME=VALUE, where NAME is one of {', '.join(known)}.")
        values[name] = value
    return values


def check(parameters):
    """Checks the values against the template's parameters and rules, as CloudFormation would, but before anything is built."""
    logging.disable()  # the import below warns of packages that nothing here needs
    from ministack.services.cloudformation import engine  # its inner functions: the version is pinned

    logging.disable(logging.NOTSET)
    template = engine._parse_template(TEMPLATE.read_text())
    given = [{"Key": name, "Value": value} for name, value in parsed(parameters).items()]
    try:
        values = engine._resolve_parameters(template, given)
        engine._evaluate_rules(template, values, engine._evaluate_conditions(template, values))
    except ValueError as refused:
        raise Trouble(f"The template does not take these parameters: {refused}")


def status(cloudformation, stack):
    try:
        [description] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    except ClientError:
        return "GONE"
    return description["StackStatus"]


def reasons(cloudformation, stack):
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    return "\n".join(f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed)


def reachable(url, endpoint):
    """A Function URL as the local AWS serves it: by path, because its host name leads nowhere."""
    url_id = url.split("//")[1].split(".")[0]
    return f"{endpoint}/_aws/lambda-url/{url_id}/"
