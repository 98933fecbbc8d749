//! What all alarms have in common: a helpful description, a section in the runbook, and a topic to tell.

use std::fs;

use serde_json::{Value, json};
use support::{Alarm, Stack};

use crate::template::RECONCILED;

fn all_on() -> String {
    format!("SilenceHours=24 AlarmEmail=somebody@example.com {RECONCILED}")
}

fn text<'a>(alarm: &'a Value, name: &str) -> &'a str {
    alarm[name].as_str().unwrap_or_default()
}

/// Its name without the stack's, which is also its section.
fn section<'a>(stack: &Stack, alarm: &'a Value) -> &'a str {
    let name = text(alarm, "AlarmName").strip_prefix(&stack.stack_name);
    let section = name.and_then(|name| name.strip_prefix('-'));
    section.expect("named after the stack")
}

#[test]
fn every_alarm_says_what_to_do_and_has_a_section_in_the_runbook() {
    let stack = Stack::deploy(&all_on());
    let runbook = concat!(env!("CARGO_MANIFEST_DIR"), "/../../infra/RUNBOOK.md");
    let runbook = fs::read_to_string(runbook).expect("there is a runbook");
    let mut described: Vec<String> = Vec::new();
    for alarm in Alarm::all(&stack) {
        let section = section(&stack, &alarm);
        let description = text(&alarm, "AlarmDescription");
        let link = format!("See infra/RUNBOOK.md#{section}.");
        assert!(description.ends_with(&link), "{section}: {description}");
        let fits = (100..400).contains(&description.len());
        assert!(fits, "{section}: {description}");
        described.push(section.to_owned());
    }
    let mut sections = sections_of(&runbook);
    described.sort();
    sections.sort();
    assert_eq!(described, sections);
}

/// The runbook's sections that have all the parts that a section should have.
fn sections_of(runbook: &str) -> Vec<String> {
    let parts = [
        "What it means",
        "Look at",
        "Do",
        "It is over when",
        "Try it",
    ];
    let parts = parts.map(|part| format!("**{part}**"));
    let sections = runbook.split("\n## ").skip(1);
    let whole = sections.filter(|section| parts.iter().all(|part| section.contains(part)));
    let titles = whole.filter_map(|section| section.lines().next());
    titles.map(str::to_owned).collect()
}

#[test]
fn every_alarm_looks_back_no_longer_than_cloudwatch_does() {
    let (hour, day) = (3600, 24 * 3600);
    let longest = "TicketApiUrl=http://127.0.0.1:9 ReconcileMinutes=1440";
    let stack = Stack::deploy(&format!("SilenceHours=168 {longest}"));
    for alarm in Alarm::all(&stack) {
        let [period, periods] = ["Period", "EvaluationPeriods"].map(|name| alarm[name].as_i64());
        let [period, periods] = [period, periods].map(|number| number.expect("a number"));
        let most = if period < hour { day } else { 7 * day };
        assert_eq!(period % 60, 0, "{alarm}");
        assert!(period * periods <= most, "{alarm}");
    }
}

#[test]
fn alarms_go_to_the_topic_that_is_named_or_nowhere() {
    let topic = "arn:aws:sns:us-east-1:000000000000:ours";
    let named = Stack::deploy(&format!("AlarmTopicArn={topic} {RECONCILED}"));
    for alarm in Alarm::all(&named) {
        assert_eq!(alarm["AlarmActions"], json!([topic]), "{alarm}");
    }
    for alarm in Alarm::all(&Stack::deploy(RECONCILED)) {
        assert_eq!(alarm["AlarmActions"], json!([]), "{alarm}");
    }
}

#[test]
fn an_alarm_whose_end_means_nothing_does_not_tell_of_it() {
    let stack = Stack::deploy(&all_on());
    for alarm in Alarm::all(&stack) {
        let tells = alarm["OKActions"] == alarm["AlarmActions"];
        assert_eq!(tells, section(&stack, &alarm) != "quarantine", "{alarm}");
    }
}
