//! Each metric that the dashboard or an alarm names exists, and each that exists is shown and explained.

use std::collections::{BTreeSet, HashMap};

use serde_json::Value;
use support::Alarm;
use support::cloud::resources;

use super::{STACK, read, widgets};

/// A metric: namespace, name, and the one dimension that it has.
type Metric = (String, String, (String, String));

/// A namespace of AWS, and the dimension of its metrics.
const LAMBDA: (&str, &str) = ("AWS/Lambda", "FunctionName");
const SQS: (&str, &str) = ("AWS/SQS", "QueueName");
const FUNCTIONS: &[&str] = &["Receiver", "Reactor", "Reconciler"];
const DOORBELLS: &[&str] = &["Doorbells"];
const QUEUES: &[&str] = &["Doorbells", "DeadLetters"];

/// What AWS measures by itself, and of which resources.
const OF_AWS: [((&str, &str), &str, &[&str]); 12] = [
    (LAMBDA, "UrlRequestCount", &["Receiver"]),
    (LAMBDA, "Url4xxCount", &["Receiver"]),
    (LAMBDA, "Url5xxCount", &["Receiver"]),
    (LAMBDA, "Throttles", FUNCTIONS),
    (LAMBDA, "Errors", FUNCTIONS),
    (LAMBDA, "Invocations", FUNCTIONS),
    (LAMBDA, "Duration", FUNCTIONS),
    (SQS, "ApproximateNumberOfMessagesVisible", QUEUES),
    (SQS, "ApproximateNumberOfMessagesNotVisible", DOORBELLS),
    (SQS, "ApproximateNumberOfMessagesDelayed", DOORBELLS),
    (SQS, "ApproximateAgeOfOldestMessage", DOORBELLS),
    (SQS, "NumberOfMessagesSent", QUEUES),
];

/// Those of ours that have an alarm.
const FOR_ALARMS: [&str; 9] = [
    "AwsErrors",
    "Deliveries",
    "FailingFor",
    "LateShare",
    "Quarantined",
    "ReconcileRunsMissed",
    "Rejected",
    "Swept",
    "Unavailable",
];

/// The metrics that the functions' reports name.
fn emitted() -> BTreeSet<String> {
    let reports = ["receiver", "reactor", "reconciler"]
        .map(|name| read(&format!("functions/{name}/src/report.rs")));
    let text = reports.concat();
    let literals = text.split('"').skip(1).step_by(2);
    let is_name = |text: &&str| {
        text.starts_with(|first: char| first.is_ascii_uppercase())
            && text.chars().all(|letter| letter.is_ascii_alphabetic())
    };
    literals.filter(is_name).map(str::to_owned).collect()
}

/// Every metric of a stack.
fn existing() -> BTreeSet<Metric> {
    let resources = resources(&STACK.stack_name).expect("the stack has resources");
    let of_aws = OF_AWS
        .iter()
        .flat_map(|((namespace, dimension), name, of)| {
            let ids = of.iter().map(|resource| name_of(&resources, resource));
            ids.map(|id| metric(namespace, name, dimension, &id))
        });
    let our = |name: &String| metric("AlgaWebhooks", name, "Stack", &STACK.stack_name);
    of_aws.chain(emitted().iter().map(our)).collect()
}

fn name_of(resources: &HashMap<String, String>, resource: &str) -> String {
    let id = &resources[resource];
    id.rsplit('/').next().unwrap_or(id).to_owned() // of a queue's URL
}

fn metric(namespace: &str, name: &str, dimension: &str, value: &str) -> Metric {
    let dimension = (dimension.to_owned(), value.to_owned());
    (namespace.to_owned(), name.to_owned(), dimension)
}

/// The metrics of a widget, with CloudWatch's abbreviation resolved: a dot is what the line before had there.
fn metrics_of(widget: &Value) -> Vec<Metric> {
    let mut last: Vec<String> = Vec::new();
    let mut found = Vec::new();
    let lines = widget["properties"]["metrics"].as_array();
    for line in lines.into_iter().flatten() {
        let words = line.as_array().expect("a metric is a list");
        let words = words.iter().filter_map(Value::as_str).enumerate();
        let words = words.map(|(at, word)| if word == "." { &last[at] } else { word });
        let words: Vec<String> = words.map(str::to_owned).collect();
        if let [namespace, name, dimension, value] = words.as_slice() {
            found.push(metric(namespace, name, dimension, value));
            last = words;
        } else {
            let expression = &line[0]["expression"];
            let fits = expression.is_string() && words.is_empty();
            assert!(fits, "{line} is no metric");
        }
    }
    found
}

fn metric_of(alarm: &Value) -> Metric {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let dimension = &alarm["Dimensions"][0];
    let seen = alarm["Dimensions"].as_array().map(Vec::len);
    assert_eq!(seen, Some(1), "{alarm}");
    let dimension = (text(&dimension["Name"]), text(&dimension["Value"]));
    let [namespace, name] = ["Namespace", "MetricName"].map(|name| text(&alarm[name]));
    (namespace, name, dimension)
}

#[test]
fn every_metric_that_an_alarm_or_a_widget_names_exists() {
    let existing = existing();
    for widget in widgets() {
        for metric in metrics_of(&widget) {
            let title = &widget["properties"]["title"];
            assert!(existing.contains(&metric), "{metric:?} in {title}");
        }
    }
    for alarm in Alarm::all(&STACK) {
        let metric = metric_of(&alarm);
        let name = &alarm["AlarmName"];
        assert!(existing.contains(&metric), "{metric:?} in {name}");
    }
}

#[test]
fn every_metric_that_the_code_emits_is_shown_and_those_meant_for_alarms_have_one() {
    let names = |metrics: Vec<Metric>| -> BTreeSet<String> {
        let ours = metrics
            .into_iter()
            .filter(|metric| metric.0 == "AlgaWebhooks");
        ours.map(|(_, name, _)| name).collect()
    };
    let shown = names(widgets().iter().flat_map(metrics_of).collect());
    let watched = names(Alarm::all(&STACK).iter().map(metric_of).collect());
    let known: BTreeSet<String> = shown.union(&watched).cloned().collect();
    let unseen: Vec<_> = emitted().difference(&known).cloned().collect();
    assert!(unseen.is_empty(), "{unseen:?} is not shown");
    assert_eq!(watched, FOR_ALARMS.map(str::to_owned).into());
}

#[test]
fn the_page_on_watching_it_explains_every_metric() {
    let page = read("infra/WATCHING.md");
    let table = page.split("| metric |").nth(1).expect("it has a table");
    let is_row = |line: &&str| line.starts_with('|') || line.contains("unit |");
    let rows = table.lines().take_while(is_row);
    let cells = rows.filter_map(|row| row.split('|').nth(1));
    let names = cells.flat_map(|cell| cell.split('`').skip(1).step_by(2));
    let explained: BTreeSet<String> = names.map(str::to_owned).collect();
    let emitted = emitted();
    let unexplained: Vec<_> = emitted.difference(&explained).collect();
    assert_eq!(unexplained, Vec::<&String>::new());
    let invented: Vec<_> = explained.difference(&emitted).collect();
    assert_eq!(invented, Vec::<&String>::new());
}
