"""Deploys template.yaml to the local AWS, unchanged but for where the code is, as `sam package` would, and for the policies
that demand TLS, which the local AWS does not speak."""

import hashlib
import json
import logging
import re
import secrets
import shlex
import sys
import threading
import time
import zipfile
from functools import cache, wraps
from urllib.parse import urlsplit

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

import archive
import build
import template
from places import FUNCTIONS, ROOT, TEMPLATE, Trouble, architecture
from server import scratch, variables

BUCKET = "code"
# The parameters that the operator's tool wants to know.
TOLD = (
    "Reaction",
    "ReactionUrl",
    "ReconcileComments",
    "ReconcileGraceMinutes",
    "ReconcileMinutes",
    "TicketApiTenant",
    "TicketApiUrl",
    "WatchedIds",
    "WatchedTypes",
)


def once(make):
    """Makes what it makes once for the same arguments, by whichever thread needs it first."""
    made, lock = cache(make), threading.Lock()

    @wraps(make)
    def of(*arguments):
        with lock:
            return made(*arguments)

    return of


def deploy(endpoint, stack, parameters="", code=None, written=None):
    """Deploys the template as the stack of that name, and returns what its users need as variables."""
    s3 = bucket(endpoint)
    places = {name: f"s3://{BUCKET}/{stored(name, files, s3)}" for name, files in (code or started(endpoint)).items()}
    return created(endpoint, stack, template.with_code(places, written), parsed(parameters))


@once
def started(endpoint):
    """The functions as they were built for this machine, for the local AWS there."""
    return build.started(scratch(urlsplit(endpoint).port) / "functions")


def deploy_package(endpoint, stack, parameters, folder):
    """The same for what `make package` makes, in the steps of its users: upload the zips, then CloudFormation alone."""
    s3, prefix = bucket(endpoint), f"{stack}/"
    for file in (file for name in FUNCTIONS for file in folder.glob(f"{name}-*.zip")):
        s3.put_object(Bucket=BUCKET, Key=prefix + file.name, Body=file.read_bytes())
    place = {"CodeBucket": BUCKET, "CodePrefix": prefix}
    return created(endpoint, stack, (folder / "template.yaml").read_text(), {**parsed(parameters), **place})


def created(endpoint, stack, written, parameters):
    """Creates a stack from a template, puts a signing secret in, and returns the variables."""
    key, body = f"{stack}.json", as_json(without_tls(written))
    client(endpoint, "s3").put_object(Bucket=BUCKET, Key=key, Body=body.encode())
    made = create(client(endpoint, "cloudformation"), stack, f"{endpoint}/{BUCKET}/{key}", parameters)
    outputs = {output["OutputKey"]: output["OutputValue"] for output in made["Outputs"]}
    told = {parameter["ParameterKey"]: parameter["ParameterValue"] for parameter in made["Parameters"]}
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
        "BODIES_BUCKET": outputs["BodiesBucket"],
        "QUEUE_URL": outputs["QueueUrl"],
        "DEAD_LETTER_QUEUE_URL": outputs["DeadLetterQueueUrl"],
        "REACTION_SECRET": reaction_secret,
        "REACTION_SECRET_ID": reaction_secret_id,
        "TICKET_API_SECRET_ID": outputs.get("TicketApiSecretId", ""),
        "RECONCILE_API_SECRET_ID": outputs.get("ReconcileApiSecretId", ""),
        "EVENT_BUS": outputs.get("EventBusName", ""),
        "EVENT_QUEUE_ARN": outputs.get("EventQueueArn", ""),
        "EVENT_QUEUE_URL": outputs.get("EventQueueUrl", ""),
        "STACK_NAME": stack,
        "RECEIVER_FUNCTION": outputs["ReceiverFunction"],
        "REACTOR_FUNCTION": outputs["ReactorFunction"],
        "RECONCILER_FUNCTION": outputs.get("ReconcilerFunction", ""),
        "RECEIVER_LOG_GROUP": outputs["ReceiverLogGroup"],
        "REACTOR_LOG_GROUP": outputs["ReactorLogGroup"],
        "RECONCILER_LOG_GROUP": outputs.get("ReconcilerLogGroup", ""),
        **{variable(name): told[name] for name in TOLD},
        **variables(endpoint),
    }


@once
def as_json(written):
    """The template as JSON. To read it as YAML would keep the local AWS from answering anybody for half a second."""
    return json.dumps(engine()._parse_template(written))


def engine():
    """The inner functions of the local AWS that read templates: its version is pinned."""
    logging.disable()  # the import warns of packages that nothing here needs
    from ministack.services.cloudformation import engine

    logging.disable(logging.NOTSET)
    return engine


def without_tls(written):
    """The template without the policies that demand TLS."""
    return template.without("BodiesPolicy", template.without("MadeEventQueuePolicy", written))


def create(cloudformation, stack, url, parameters):
    """Creates the stack and returns what CloudFormation says of it. The template is too large for the call itself, as it is for SAM."""
    try:
        cloudformation.create_stack(
            StackName=stack,
            TemplateURL=url,
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
            Capabilities=["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"],
        )
    except ClientError as refused:
        raise Trouble(f"Stack {stack} was refused: {refused.response['Error']['Message']}")
    while (now := described(cloudformation, stack))["StackStatus"] == "CREATE_IN_PROGRESS":
        time.sleep(0.1)
    if now["StackStatus"] != "CREATE_COMPLETE":
        raise Trouble(f"Stack {stack} could not be deployed ({now['StackStatus']}):\n{reasons(cloudformation, stack)}")
    return now


def variable(name):
    """`TicketApiUrl` as `TICKET_API_URL`."""
    return re.sub("(?<=[a-z])(?=[A-Z])", "_", name).upper()


def put_signing_secret(secretsmanager, secret_id):
    """Makes a secret as AlgaPSA does and puts it in as the first value. (ministack, unlike AWS, starts with an empty one.)"""
    [empty] = secretsmanager.describe_secret(SecretId=secret_id)["VersionIdsToStages"]
    signing_secret = secrets.token_urlsafe(32)
    secretsmanager.put_secret_value(SecretId=secret_id, SecretString=signing_secret)
    secretsmanager.update_secret_version_stage(
        SecretId=secret_id, VersionStage="AWSPREVIOUS", RemoveFromVersionId=empty
    )
    return signing_secret


@once
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


def bucket(endpoint):
    """S3, with a bucket for code in it."""
    s3 = client(endpoint, "s3")
    try:
        s3.create_bucket(Bucket=BUCKET)
    except s3.exceptions.BucketAlreadyOwnedByYou:
        pass
    return s3


def stored(name, files, s3):
    key = f"{name}-{hashlib.sha256(repr(sorted(files)).encode() + b''.join(files.values())).hexdigest()}.zip"
    try:
        s3.head_object(Bucket=BUCKET, Key=key)
    except ClientError:
        s3.put_object(Bucket=BUCKET, Key=key, Body=archive.zipped(files, zipfile.ZIP_STORED))
    return key


def parsed(text):
    """`"HoldSeconds=0 WatchedIds=1,2"` as `{name: value}`, for this machine's processor."""
    values = {"Architecture": architecture()}
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
    """Checks the values against the template's parameters and rules, as CloudFormation would, but before anything is built.

    Types of events that AlgaPSA is not known to have only get a warning, because the one that you run may have more.
    """
    reading = engine()
    read = reading._parse_template(TEMPLATE.read_text())
    given = [{"Key": name, "Value": value} for name, value in parsed(parameters).items()]
    try:
        values = reading._resolve_parameters(read, given)
        reading._evaluate_rules(read, values, reading._evaluate_conditions(read, values))
    except ValueError as refused:
        raise Trouble(f"The template does not take these parameters: {refused}")
    watched = values["WatchedTypes"]["Value"].split(",")
    if strange := [name.strip() for name in watched if name.strip() and name.strip() not in known_types()]:
        known = ", ".join(name for name in known_types() if not name.startswith("webhook."))
        print(f"warning: WatchedTypes names {', '.join(strange)}, which AlgaPSA is not known to send. It sends {known}.", file=sys.stderr)


def known_types():
    """The types that the samples are of."""
    listed = (ROOT / "infra" / "samples" / "src" / "kinds.rs").read_text().split("pub const TYPES")[1].split("];")[0]
    return re.findall(r'"(.+)"', listed)


def described(cloudformation, stack):
    [description] = cloudformation.describe_stacks(StackName=stack)["Stacks"]
    return description


def reasons(cloudformation, stack):
    events = cloudformation.describe_stack_events(StackName=stack)["StackEvents"]
    failed = [event for event in events if event["ResourceStatus"].endswith("FAILED")]
    return "\n".join(f"  {event['LogicalResourceId']}: {event.get('ResourceStatusReason', '')}" for event in failed)


def reachable(url, endpoint):
    """A Function URL as the local AWS serves it: by path, because its host name leads nowhere."""
    url_id = url.split("//")[1].split(".")[0]
    return f"{endpoint}/_aws/lambda-url/{url_id}/"
