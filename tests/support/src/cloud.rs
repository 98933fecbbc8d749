//! The local AWS, asked by hand: plain signed HTTP, so that nothing here shares code with what is tested.

use std::collections::HashMap;
use std::env;
use std::fmt::Write;
use std::sync::LazyLock;

use anyhow::{Context, Result, bail, ensure};
use bytes::Bytes;
use http::{HeaderValue, Request, Response};
use jiff::Timestamp;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::poll::wait_for;
use crate::target::SOON;
use algapsa::loopback::exchange;
use algapsa::mac;

/// Where the local AWS listens.
pub static ENDPOINT: LazyLock<String> = LazyLock::new(|| {
    let endpoint = env::var("AWS_ENDPOINT_URL").ok();
    endpoint.expect("this needs the local AWS: run `make test`, which starts one")
});

/// Calls an action of a service that speaks JSON, such as `dynamodb` or `logs`.
pub fn call(service: &str, action: &str, input: &Value) -> Result<Value> {
    let (target, version) = match service {
        "dynamodb" => ("DynamoDB_20120810", "1.0"),
        "sqs" => ("AmazonSQS", "1.0"),
        "secretsmanager" => ("secretsmanager", "1.1"),
        "events" => ("AWSEvents", "1.1"),
        "logs" => ("Logs_20140328", "1.1"),
        "monitoring" => ("GraniteServiceVersion20100801", "1.0"),
        other => bail!("{other} does not speak JSON"),
    };
    let request = Request::post(format!("{}/", *ENDPOINT))
        .header("content-type", format!("application/x-amz-json-{version}"))
        .header("x-amz-target", format!("{target}.{action}"));
    let response = send(service, request.body(input.to_string().into())?)?;
    let body = succeeded(&response).with_context(|| format!("{service} refused {action}"))?;
    if body.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(body).with_context(|| format!("{service} answered no JSON"))
}

/// What S3 calls a request for an object with that method.
pub fn on_an_object(method: &str) -> &'static str {
    match method {
        "PUT" => "PutObject",
        "GET" => "GetObject",
        "DELETE" => "DeleteObject",
        _ => "another call of S3",
    }
}

/// The names of a bucket's objects.
pub fn objects(bucket: &str) -> Result<Vec<String>> {
    let request = Request::get(format!("{}/{bucket}", *ENDPOINT));
    let response = send("s3", request.body(Bytes::new())?)?;
    let listed = String::from_utf8_lossy(succeeded(&response)?);
    Ok(tags(&listed, "Key"))
}

/// Stores an object.
pub fn put_object(bucket: &str, name: &str, content: &'static [u8]) -> Result<()> {
    let request = Request::put(format!("{}/{bucket}/{name}", *ENDPOINT));
    let response = send("s3", request.body(content.into())?)?;
    succeeded(&response).map(drop)
}

/// What an object holds, as text.
pub fn object(bucket: &str, name: &str) -> Result<String> {
    let request = Request::get(format!("{}/{bucket}/{name}", *ENDPOINT));
    let response = send("s3", request.body(Bytes::new())?)?;
    Ok(String::from_utf8(succeeded(&response)?.to_vec())?)
}

/// Deletes an object.
pub fn delete_object(bucket: &str, name: &str) -> Result<()> {
    let request = Request::delete(format!("{}/{bucket}/{name}", *ENDPOINT));
    let response = send("s3", request.body(Bytes::new())?)?;
    succeeded(&response).map(drop)
}

/// Runs a function and waits for its answer. Says also whether it failed.
pub fn invoke(function: &str, payload: &Value) -> Result<(Value, bool)> {
    let path = format!("/2015-03-31/functions/{function}/invocations");
    let request = Request::post(format!("{}{path}", *ENDPOINT));
    let response = send("lambda", request.body(payload.to_string().into())?)?;
    let failed = response.headers().contains_key("x-amz-function-error");
    let body = succeeded(&response).with_context(|| format!("failed to run {function}"))?;
    Ok((serde_json::from_slice(body).unwrap_or(Value::Null), failed))
}

/// Changes a function's configuration. Its next run is a cold start.
pub fn configure(function: &str, changes: &Value) -> Result<()> {
    let path = format!("/2015-03-31/functions/{function}/configuration");
    let request = Request::put(format!("{}{path}", *ENDPOINT));
    let response = send("lambda", request.body(changes.to_string().into())?)?;
    succeeded(&response).map(drop)
}

/// Limits how many instances of a function run at the same time; without a number only the account does.
pub fn reserve(function: &str, instances: Option<u32>) -> Result<()> {
    let uri = format!("{}/2017-10-31/functions/{function}/concurrency", *ENDPOINT);
    let input = |count| json!({ "ReservedConcurrentExecutions": count }).to_string();
    let request = match instances {
        Some(count) => Request::put(uri).body(input(count).into())?,
        None => Request::delete(uri).body(Bytes::new())?,
    };
    succeeded(&send("lambda", request)?).map(drop)
}

/// Switches an event source on or off, by its id: whether Lambda reads the queue.
pub fn enable(event_source: &str, enabled: bool) -> Result<()> {
    let path = format!("/2015-03-31/event-source-mappings/{event_source}");
    let input = json!({ "Enabled": enabled }).to_string();
    let request = Request::put(format!("{}{path}", *ENDPOINT)).body(input.into())?;
    succeeded(&send("lambda", request)?).map(drop)
}

pub fn configuration(function: &str) -> Result<Value> {
    let path = format!("/2015-03-31/functions/{function}/configuration");
    get("lambda", &path)
}

/// Who may call a function.
pub fn function_policy(function: &str) -> Result<Value> {
    let path = format!("/2015-03-31/functions/{function}/policy");
    let answer = get("lambda", &path)?;
    serde_json::from_str(answer["Policy"].as_str().unwrap_or_default())
        .context("the policy is not JSON")
}

/// What becomes of the calls of a function whose caller does not wait.
pub fn asynchronous(function: &str) -> Result<Value> {
    let path = format!("/2019-09-25/functions/{function}/event-invoke-config/list");
    let mut answer = get("lambda", &path)?;
    Ok(answer["FunctionEventInvokeConfigs"][0].take())
}

/// A schedule, by its name.
pub fn schedule(name: &str) -> Result<Value> {
    get("scheduler", &format!("/schedules/{name}"))
}

fn get(service: &str, path: &str) -> Result<Value> {
    let request = Request::get(format!("{}{path}", *ENDPOINT)).body(Bytes::new())?;
    let response = send(service, request)?;
    let body = succeeded(&response)?;
    serde_json::from_slice(body).with_context(|| format!("{service} answered no JSON"))
}

/// The name of the role that a function has.
pub fn role_of(function: &str) -> Result<String> {
    let configuration = configuration(function)?;
    let arn = configuration["Role"].as_str();
    let role = arn.and_then(|arn| arn.rsplit('/').next());
    role.map(str::to_owned).context("the function has no role")
}

/// Replaces a role's policy.
pub fn put_role_policy(role: &str, name: &str, policy: &Value) -> Result<()> {
    let document = percent_encoded(&policy.to_string());
    let form = format!(
        "Action=PutRolePolicy&Version=2010-05-08&RoleName={role}&PolicyName={name}&PolicyDocument={document}"
    );
    form_call("iam", form).map(drop)
}

/// A role's policy.
pub fn role_policy(role: &str, name: &str) -> Result<Value> {
    let what = format!("RoleName={role}&PolicyName={name}");
    let answer = form_call(
        "iam",
        format!("Action=GetRolePolicy&Version=2010-05-08&{what}"),
    )?;
    let document = tags(&answer, "PolicyDocument").pop();
    let document = document.with_context(|| format!("no policy in {answer}"))?;
    serde_json::from_str(&percent_decoded(&document)).context("the policy is not JSON")
}

/// Makes a stack, and waits for it.
pub fn create_stack(name: &str, template: &str, parameters: &[(&str, &str)]) -> Result<()> {
    let mut form = format!(
        "Action=CreateStack&Version=2010-05-15&StackName={name}&Capabilities.member.1=CAPABILITY_IAM&TemplateBody={}",
        percent_encoded(template)
    );
    for (n, (key, value)) in (1..).zip(parameters) {
        let value = percent_encoded(value);
        let member = format!("Parameters.member.{n}");
        let (name, held) = ("ParameterKey", "ParameterValue");
        write!(form, "&{member}.{name}={key}&{member}.{held}={value}")?;
    }
    form_call("cloudformation", form)?;
    let made = wait_for("the stack is made", SOON, || {
        let stack = stack_call("DescribeStacks", name).ok()?;
        let status = tags(&stack, "StackStatus").into_iter().next()?;
        (status != "CREATE_IN_PROGRESS").then_some(status)
    });
    ensure!(made == "CREATE_COMPLETE", "the stack {name} is {made}");
    Ok(())
}

/// What a stack consists of: the names in the template, and what identifies each.
pub fn resources(stack: &str) -> Result<HashMap<String, String>> {
    let answer = stack_call("DescribeStackResources", stack)?;
    let names = tags(&answer, "LogicalResourceId");
    let ids = tags(&answer, "PhysicalResourceId");
    Ok(names.into_iter().zip(ids).collect())
}

fn stack_call(action: &str, stack: &str) -> Result<String> {
    let form = format!("Action={action}&Version=2010-05-15&StackName={stack}");
    form_call("cloudformation", form)
}

/// Calls an action of a service that takes forms and answers in XML.
pub(crate) fn form_call(service: &str, form: String) -> Result<String> {
    let request = Request::post(format!("{}/", *ENDPOINT))
        .header("content-type", "application/x-www-form-urlencoded");
    let response = send(service, request.body(form.into())?)?;
    Ok(String::from_utf8_lossy(succeeded(&response)?).into_owned())
}

/// The texts of all elements of that name.
fn tags(xml: &str, name: &str) -> Vec<String> {
    let (open, close) = (format!("<{name}>"), format!("</{name}>"));
    let texts = xml.split(&open);
    let texts = texts.skip(1).filter_map(|rest| rest.split(&close).next());
    texts.map(str::to_owned).collect()
}

fn succeeded(response: &Response<Bytes>) -> Result<&Bytes> {
    if response.status().is_success() {
        return Ok(response.body());
    }
    let said = String::from_utf8_lossy(response.body());
    bail!("{}: {said}", response.status())
}

fn send(service: &str, mut request: Request<Bytes>) -> Result<Response<Bytes>> {
    let time = Timestamp::now().strftime("%Y%m%dT%H%M%SZ").to_string();
    let date = HeaderValue::try_from(&time)?;
    request.headers_mut().insert("x-amz-date", date);
    let authority = request.uri().authority().context("a URL names a host")?;
    let (method, path) = (request.method(), request.uri().path());
    let body = hex::encode(Sha256::digest(request.body()));
    let canonical = format!(
        "{method}\n{path}\n\nhost:{authority}\nx-amz-date:{time}\n\nhost;x-amz-date\n{body}"
    );
    let (day, region) = (&time[..8], variable("AWS_REGION")?);
    let scope = format!("{day}/{region}/{service}/aws4_request");
    let canonical = hex::encode(Sha256::digest(canonical));
    let to_sign = format!("AWS4-HMAC-SHA256\n{time}\n{scope}\n{canonical}");
    let key = format!("AWS4{}", variable("AWS_SECRET_ACCESS_KEY")?).into_bytes();
    let parts = scope.split('/');
    let key = parts.fold(key, |key, part| mac(&key, part.as_bytes()));
    let authorization = format!(
        "AWS4-HMAC-SHA256 Credential={}/{scope}, SignedHeaders=host;x-amz-date, Signature={}",
        variable("AWS_ACCESS_KEY_ID")?,
        hex::encode(mac(&key, to_sign.as_bytes()))
    );
    let authorization = HeaderValue::try_from(authorization)?;
    request.headers_mut().insert("authorization", authorization);
    exchange(request)
}

fn variable(name: &str) -> Result<String> {
    env::var(name).with_context(|| format!("{name} is not set"))
}

pub(crate) fn percent_encoded(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let encode = |byte| match byte {
        byte if plain(byte) => char::from(byte).to_string(),
        byte => format!("%{byte:02X}"),
    };
    text.bytes().map(encode).collect()
}

fn percent_decoded(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut decoded = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        let (code, rest) = piece.split_at_checked(2).unwrap_or_default();
        decoded.push(u8::from_str_radix(code, 16).unwrap_or(b'?'));
        decoded.extend_from_slice(rest.as_bytes());
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// A text attribute of an item, as DynamoDB writes it.
pub fn text(value: &str) -> Value {
    json!({ "S": value })
}
