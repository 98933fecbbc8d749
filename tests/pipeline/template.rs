//! The template: what it deploys, and whether template and code agree on the settings.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use algapsa::Ticket;
use serde_json::{Value, json};
use support::template::{lint, parsed, python};
use support::{Alarm, Policy, Stack, cloud};

/// What brings the reconciler. Nothing answers there, and its first run would come an hour after the deployment.
pub const RECONCILED: &str = "TicketApiUrl=http://127.0.0.1:9 ReconcileMinutes=60";

/// A stack with the reconciler.
static FULL: LazyLock<Stack> =
    LazyLock::new(|| Stack::deploy(&format!("ReactionUrl=http://127.0.0.1:9/ {RECONCILED}")));

static STACK: LazyLock<Stack> = LazyLock::new(|| Stack::deploy("ReactionUrl=http://127.0.0.1:9/"));

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

#[test]
fn anybody_may_call_the_url_and_nothing_else() {
    let policy = cloud::function_policy(&STACK.receiver_function).expect("it has a policy");
    let statements = policy["Statement"].as_array().expect("it has statements");
    let grant =
        |statement: &Value| [&statement["Action"], &statement["Condition"]].map(Value::clone);
    let mut granted: Vec<_> = statements.iter().map(grant).collect();
    granted.sort_by_key(|[action, _]| action.to_string());
    let by_url = json!({ "Bool": { "lambda:InvokedViaFunctionUrl": "true" } });
    let url = json!({ "StringEquals": { "lambda:FunctionUrlAuthType": "NONE" } });
    let run = [json!("lambda:InvokeFunction"), by_url];
    assert_eq!(granted, [run, [json!("lambda:InvokeFunctionUrl"), url]]);
    assert_eq!(statements.len(), 2);
    for statement in statements {
        assert_eq!(statement["Principal"], "*");
        assert_eq!(statement["Effect"], "Allow");
    }
}

#[test]
fn the_template_is_clean_to_cfn_lint() {
    assert_eq!(lint(&root().join("template.yaml")), None);
}

#[test]
fn the_template_is_clean_to_the_policy_checker() {
    let mut check = Command::new(python());
    check.args(["infra/local", "policy"]).current_dir(root());
    let check = check.output().expect("the checker can be run");
    let said = [check.stdout, check.stderr].concat();
    let said = String::from_utf8_lossy(&said);
    assert!(check.status.success(), "{said}");
    let passed = said.split("Passed checks: ").nth(1);
    let passed = passed.and_then(|rest| rest.split(',').next()?.parse().ok());
    assert!(passed > Some(20), "too few checks were made: {said}");
}

/// What it costs follows from the template, and from the metrics that the functions write.
#[test]
fn the_documents_say_what_the_cost_script_computes() {
    let mut check = Command::new(python());
    check
        .args(["tests/bench/monthly.py", "--check"])
        .current_dir(root());
    let check = check.output().expect("the script can be run");
    let said = String::from_utf8_lossy(&check.stderr);
    assert!(check.status.success(), "{said}");
}

/// The policy checker does not know this way of encrypting a queue, so that its rule is off.
#[test]
fn both_queues_are_encrypted() {
    for url in [&STACK.queue_url, &STACK.dead_letter_queue_url] {
        let encrypted = &STACK.attributes(url)["SqsManagedSseEnabled"];
        let seen = encrypted.as_str().map(str::to_lowercase);
        assert_eq!(seen, Some("true".into()), "{url}");
    }
}

/// With a target that hangs, the reactors take all the executions that they may.
#[test]
fn by_default_the_reactors_leave_the_receiver_half_of_what_a_new_account_has() {
    let of_a_new_account = 10;
    let template = fs::read_to_string(root().join("template.yaml")).expect("the template");
    let default = &parsed(&template)["Parameters"]["MaximumConcurrency"]["Default"];
    let default = default.as_u64().expect("a number");
    assert!(2 * default <= of_a_new_account, "{default}");
    let design = fs::read_to_string(root().join("shared/README.md")).expect("the design");
    let told = format!("| `MaximumConcurrency`, {default} |");
    assert!(design.contains(&told), "{told}");
}

/// How a function is traced, and what its role may do for that.
fn tracing(function: &str, role: &'static str) -> (String, Vec<String>) {
    let configuration = cloud::configuration(function).expect("the function is there");
    let mode = &configuration["TracingConfig"]["Mode"];
    let mode = mode.as_str().expect("it has a mode");
    let permissions = Policy::of(function, role).permissions().into_iter();
    let allowed = permissions.filter(|(sid, _)| sid == "WriteTraces");
    let allowed = allowed.map(|(_, action)| action).collect();
    (mode.to_owned(), allowed)
}

#[test]
fn tracing_comes_with_its_permissions_and_not_unless_asked_for() {
    let traced = Stack::deploy(&format!("Tracing=true {RECONCILED}"));
    let needed = ["xray:PutTelemetryRecords", "xray:PutTraceSegments"].map(str::to_owned);
    let untraced: &Stack = &FULL;
    let traced = (&traced, "Active", &needed[..]);
    for (stack, mode, needed) in [traced, (untraced, "PassThrough", &[])] {
        let expected = (mode.to_owned(), needed.to_vec());
        assert_eq!(tracing(&stack.receiver_function, "receiver"), expected);
        assert_eq!(tracing(&stack.reactor_function, "reactor"), expected);
        assert_eq!(tracing(&stack.reconciler_function, "reconciler"), expected);
    }
    let event = Ticket::new("Traced").event("ticket.created", 0);
    traced.0.sender().deliver(&event);
}

/// The environment variables that a function's code reads, apart from those that Lambda itself sets.
fn read_by(function: &str) -> BTreeSet<String> {
    let own = sources(&root().join(format!("functions/{function}/src")));
    let mut shared = sources(&root().join("shared/src"));
    if !own.contains("Filter::from_env(") {
        let filter = root().join("shared/src/filter.rs");
        let filter = fs::read_to_string(filter).expect("a source");
        shared = shared.replace(&filter, "");
    }
    let text = own + &shared;
    let calls = [
        "required(\"",
        "optional(\"",
        "list(\"",
        "minutes(\"",
        "flag(\"",
    ];
    let names = calls.iter().flat_map(|call| text.split(call).skip(1));
    let names = names.filter_map(|rest| rest.split_once('"'));
    let names = names.map(|(name, _)| name.to_owned());
    names.filter(|name| !name.starts_with("AWS_")).collect()
}

/// All code in a folder.
pub fn sources(folder: &Path) -> String {
    let entries = fs::read_dir(folder).expect("the sources are there");
    let paths = entries.map(|entry| entry.expect("an entry").path());
    let read = |path: PathBuf| match path {
        folder if folder.is_dir() => sources(&folder),
        file => fs::read_to_string(file).expect("a source"),
    };
    paths.map(read).collect()
}

#[test]
fn the_template_sets_exactly_the_variables_that_the_code_reads() {
    for (function, name) in [
        ("receiver", &FULL.receiver_function),
        ("reactor", &FULL.reactor_function),
        ("reconciler", &FULL.reconciler_function),
    ] {
        let configuration = cloud::configuration(name).expect("the function is there");
        let variables = &configuration["Environment"]["Variables"];
        let variables = variables.as_object().expect("it has variables");
        let set: BTreeSet<String> = variables.keys().cloned().collect();
        assert_eq!(set, read_by(function), "{function}");
    }
}

#[test]
fn the_receiver_times_out_before_the_sender_does_and_doorbells_stay_hidden_longer_than_the_reactor_runs()
 {
    let seconds = |function: &str| {
        let configuration = cloud::configuration(function).expect("the function is there");
        configuration["Timeout"].as_u64().unwrap()
    };
    let patience = 10; // the sender's
    assert!(seconds(&STACK.receiver_function) < patience);
    let attributes = STACK.attributes(&STACK.queue_url);
    let number = |name: &str| attributes[name].as_str().unwrap().parse::<u64>().unwrap();
    // The reactor's own margin is ten seconds; what is left is for the way from the queue to the function.
    let margin = number("VisibilityTimeout") - seconds(&STACK.reactor_function);
    assert_eq!(margin, 10 + 20);
    assert_eq!(number("MessageRetentionPeriod"), 14 * 24 * 60 * 60);
    let redrive = attributes["RedrivePolicy"].as_str().unwrap();
    let redrive: Value = serde_json::from_str(redrive).unwrap();
    let most = redrive["maxReceiveCount"].to_string();
    let backstop = most.trim_matches('"'); // it decides nothing
    assert_eq!(backstop, "1000");
}

#[test]
fn the_reconciler_runs_as_often_as_was_asked_and_a_run_that_fails_is_not_repeated() {
    let resources = cloud::resources(&FULL.stack_name).expect("the stack is there");
    let schedule = cloud::schedule(&resources["ReconcilerSchedule"]).expect("it is there");
    assert_eq!(schedule["ScheduleExpression"], "rate(60 minutes)");
    assert_eq!(schedule["Target"]["Input"], r#"{"reconcile": true}"#);
    let calls = cloud::asynchronous(&FULL.reconciler_function).expect("Lambda answers");
    assert_eq!(calls["MaximumRetryAttempts"], 0, "{calls}");
    let input = json!({ "reconcile": true });
    let (answer, failed) = cloud::invoke(&FULL.reconciler_function, &input).expect("it runs");
    assert!(!failed, "{answer}");
}

#[test]
fn there_is_nothing_of_the_reconciler_unless_it_is_asked_for() {
    for parameters in ["", "TicketApiUrl=http://127.0.0.1:9"] {
        let stack = Stack::deploy(parameters);
        let resources = cloud::resources(&stack.stack_name).expect("the stack is there");
        let mut names = resources.keys();
        assert!(
            !names.any(|name| name.starts_with("Reconcile")),
            "{names:?}"
        );
        let alarms = Alarm::all(&stack);
        let is_its = |alarm: &Value| alarm["AlarmName"].to_string().contains("reconciler");
        assert!(!alarms.iter().any(is_its), "{alarms:?}");
        let told = [
            &stack.reconciler_function,
            &stack.reconciler_log_group,
            &stack.reconcile_api_secret_id,
        ];
        assert_eq!(told, [""; 3]);
    }
}

/// What `make local` and `make deploy` say of parameters before they build anything; CloudFormation judges the same.
pub fn refused(parameters: &str) -> Option<String> {
    let code = "import sys; sys.path.insert(0, 'infra/local'); import stack
try: stack.check(sys.argv[1])
except stack.Trouble as trouble: sys.exit(str(trouble))";
    let mut check = Command::new(python());
    let check = check.args(["-B", "-c", code, parameters]);
    let check = check.current_dir(root()).output();
    let check = check.expect("python runs");
    let said = String::from_utf8_lossy(&check.stderr).into_owned();
    (!check.status.success()).then_some(said)
}

#[test]
fn the_reconciler_needs_the_ticket_api_and_an_interval_that_alarms_know() {
    let needs = refused("ReconcileMinutes=60").expect("it is refused");
    assert!(
        needs.contains("ReconcileMinutes needs a TicketApiUrl."),
        "{needs}"
    );
    let api = "TicketApiUrl=https://algapsa.example";
    for minutes in ["1", "5", "45", "1441"] {
        let refused = refused(&format!("{api} ReconcileMinutes={minutes}"));
        assert!(refused.is_some(), "{minutes}");
    }
    let template = fs::read_to_string(root().join("template.yaml")).expect("the template");
    let template = parsed(&template);
    let allowed = &template["Parameters"]["ReconcileMinutes"]["AllowedValues"];
    for minutes in allowed.as_array().expect("a list") {
        let parameters = format!("{api} ReconcileMinutes={minutes}");
        assert_eq!(refused(&parameters), None);
        let seconds = &template["Mappings"]["Interval"][minutes.to_string()]["Seconds"];
        let minutes = minutes.as_u64().expect("a number");
        let minutes = if minutes == 0 { 60 } else { minutes }; // stands for nothing
        assert_eq!(seconds.as_u64(), Some(60 * minutes));
    }
}

#[test]
fn no_permission_is_for_everything_and_only_this_stacks_alarms_may_tell_the_topic() {
    let template = fs::read_to_string(root().join("template.yaml")).expect("the template");
    let mut resources = parsed(&template)["Resources"].take();
    for role in ["ReceiverRole", "ReactorRole", "ReconcilerRole"] {
        let policy = &resources[role]["Properties"]["Policies"][0]["PolicyDocument"];
        for statement in policy["Statement"].as_array().expect("statements") {
            // An optional one is written as [condition, statement, nothing].
            let statement = statement.get(1).unwrap_or(statement);
            let everything = statement["Resource"] == "*";
            let is_tracing = statement["Action"].to_string().contains("\"xray:");
            assert_eq!(everything, is_tracing, "{statement}");
            let actions = statement["Action"].to_string();
            assert!(!actions.contains('*'), "{statement}");
        }
    }
    let policy = resources["AlarmTopicPolicy"]["Properties"]["PolicyDocument"].take();
    let statement = &policy["Statement"][0];
    let from = statement["Condition"]["ArnLike"]["aws:SourceArn"].as_str();
    let ours = ":${AWS::AccountId}:alarm:${AWS::StackName}-*";
    assert!(from.is_some_and(|from| from.ends_with(ours)), "{statement}");
}

/// The local AWS cannot show it: it speaks no TLS, and is deployed to without this policy.
#[test]
fn large_bodies_are_private_and_go_over_tls_only() {
    let template = fs::read_to_string(root().join("template.yaml")).expect("the template");
    let mut resources = parsed(&template)["Resources"].take();
    let bucket = resources["Bodies"]["Properties"].take();
    let block = bucket["PublicAccessBlockConfiguration"].as_object();
    let block = block.expect("public access is blocked");
    assert_eq!(block.len(), 4);
    assert!(block.values().all(|blocked| blocked == true), "{block:?}");
    let policy = resources["BodiesPolicy"]["Properties"].take();
    assert_eq!(policy["Bucket"], "Bodies");
    let statement = &policy["PolicyDocument"]["Statement"][0];
    let condition = json!({ "Bool": { "aws:SecureTransport": "false" } });
    assert_eq!(statement["Effect"], "Deny");
    assert_eq!(statement["Action"], "s3:*");
    assert_eq!(statement["Condition"], condition);
    assert_eq!(statement["Resource"].as_array().map(Vec::len), Some(2));
}
