"""Deploys template.yaml to the local AWS, unchanged but for the place of the code, as `sam package` would."""

import hashlib
import io
import platform
import re
import secrets
import shlex
import time
import zipfile

import boto3
from botocore.exceptions import ClientError

from places import FUNCTIONS, TARGET, TEMPLATE, Trouble
from server import variables

BUCKET = "code"


def deploy(endpoint, stack, parameters=""):
    """Deploys the template under a name of its own, and gives all that a user of the stack needs as variables."""
    outputs = create(client(endpoint, "cloudformation"), client(endpoint, "s3"), stack, parsed(parameters))
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


def create(cloudformation, s3, stack, parameters):
    """Creates the stack and gives its outputs."""
    try:
        cloudformation.create_stack(
            StackName=stack,
            TemplateBody=packaged(TEMPLATE.read_text(), s3),
            Parameters=parameters,
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
    """Makes a secret as AlgaPSA does and puts it in, as the first: ministack, unlike AWS, begins with an empty one."""
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
        if resource["ResourceType"] == "AWS::Lambda::Function":  # else its processes would stay
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
    )


def packaged(template, s3):
    """The template with each function's code in S3."""
    try:
        s3.create_bucket(Bucket=BUCKET)
    except s3.exceptions.BucketAlreadyOwnedByYou:
        pass
    for name in FUNCTIONS:
        code = f"CodeUri: target/lambda/{name}\n"
        if code not in template:
            raise Trouble(f"{TEMPLATE.name} has no line '{code.strip()}', by which the local AWS finds the code.")
        template = template.replace(code, f"CodeUri: s3://{BUCKET}/{uploaded(name, s3)}\n")
    return template


def uploaded(name, s3):
    bootstrap = (TARGET / "lambda" / name / "bootstrap").read_bytes()
    key = f"{name}-{hashlib.sha256(bootstrap).hexdigest()}.zip"
    try:
        s3.head_object(Bucket=BUCKET, Key=key)
    except ClientError:
        s3.put_object(Bucket=BUCKET, Key=key, Body=zipped(bootstrap))
    return key


def zipped(bootstrap):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as content:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        content.writestr(entry, bootstrap)
    return archive.getvalue()


def parsed(parameters):
    """`"HoldSeconds=0 WatchedIds=1,2"` as CloudFormation takes it, for this machine's processor."""
    machine = platform.machine().lower()
    values = {"Architecture": "arm64" if machine in ("arm64", "aarch64") else "x86_64"}
    known = re.findall(r"^  (\w+):\n    Type: (?:String|Number)$", TEMPLATE.read_text(), re.MULTILINE)
    for word in shlex.split(parameters):
        name, equals, value = word.partition("=")
        if not equals or name not in known:
            raise Trouble(f"'{word}' should be NAME=VALUE, with a name out of {', '.join(known)}.")
        values[name] = value
    return [{"ParameterKey": name, "ParameterValue": value} for name, value in values.items()]


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
    """A Function URL as the local AWS serves it: by path, since its host name leads nowhere."""
    url_id = url.split("//")[1].split(".")[0]
    return f"{endpoint}/_aws/lambda-url/{url_id}/"
