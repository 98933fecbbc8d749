//! The dashboard and the alarms as they are deployed: each metric that they name exists, and each that exists is shown.

mod metrics;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde_json::{Value, json};
use support::cloud::call;
use support::{Alarm, Stack};

use crate::template::{RECONCILED, sources};

/// With all that an option can add.
static STACK: LazyLock<Stack> =
    LazyLock::new(|| Stack::deploy(&format!("SilenceHours=24 {RECONCILED}")));
static PLAIN: LazyLock<Stack> = LazyLock::new(|| Stack::deploy(""));

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn read(path: &str) -> String {
    fs::read_to_string(root().join(path)).expect("the file is there")
}

fn widgets() -> Vec<Value> {
    widgets_of(&STACK)
}

fn widgets_of(stack: &Stack) -> Vec<Value> {
    let name = format!("{}-us-east-1", stack.stack_name);
    let input = json!({ "DashboardName": name });
    let answer = call("monitoring", "GetDashboard", &input).expect("there is a dashboard");
    let body = answer["DashboardBody"].as_str().expect("it has a body");
    let mut body: Value = serde_json::from_str(body).expect("it is JSON");
    serde_json::from_value(body["widgets"].take()).expect("it has widgets")
}

/// What a widget covers, from its left upper corner.
fn cells(widget: &Value) -> impl Iterator<Item = (u64, u64)> {
    let number = |name: &str| widget[name].as_u64().expect("a number");
    let (x, y, width, height) = (number("x"), number("y"), number("width"), number("height"));
    assert!(x + width <= 24, "{widget} sticks out");
    (x..x + width).flat_map(move |column| (y..y + height).map(move |row| (column, row)))
}

#[test]
fn the_widgets_fill_24_columns_without_a_gap_or_an_overlap() {
    for stack in [&STACK, &PLAIN] {
        let mut taken = BTreeMap::new();
        for widget in widgets_of(stack) {
            for cell in cells(&widget) {
                let before = taken.insert(cell, widget.clone());
                assert!(before.is_none(), "{widget} lies on {before:?}");
            }
        }
        let rows = taken.keys().map(|(_, row)| row + 1);
        let rows = rows.max().expect("there are widgets");
        assert_eq!(taken.len() as u64, 24 * rows);
    }
}

#[test]
fn the_sections_of_the_dashboard_follow_the_path_of_an_event_and_the_reconciler_has_one_below() {
    let path = ["Arriving", "Kept", "Waiting", "Reacted", "Failing"];
    let and_below = [&path[..], &["Never announced"]].concat();
    for (stack, expected) in [(&PLAIN, &path[..]), (&STACK, &and_below)] {
        let mut titles = Vec::new();
        for widget in widgets_of(stack) {
            let text = widget["properties"]["markdown"].as_str();
            if let Some(title) = text.unwrap_or_default().strip_prefix("## ") {
                let place = ["y", "x"].map(|name| widget[name].as_u64());
                titles.push((place, title.trim_end_matches(" →").to_owned()));
            }
        }
        titles.sort();
        let titles: Vec<_> = titles.into_iter().map(|(_, title)| title).collect();
        assert_eq!(titles, expected);
    }
}

#[test]
fn the_dashboard_shows_the_state_of_every_alarm() {
    for stack in [&STACK, &PLAIN] {
        let shown = widgets_of(stack);
        let shown = shown.iter().find(|widget| widget["type"] == "alarm");
        let shown = &shown.expect("there is such a widget")["properties"]["alarms"];
        let shown = shown.as_array().into_iter().flatten();
        let shown: BTreeSet<&str> = shown.filter_map(Value::as_str).collect();
        let alarms = Alarm::all(stack);
        let there = alarms.iter().filter_map(|alarm| alarm["AlarmArn"].as_str());
        assert_eq!(shown, there.collect());
    }
}

#[test]
fn the_log_widgets_look_for_texts_that_the_functions_write() {
    let code = sources(&root().join("functions"));
    let mut looked_for = 0;
    for widget in widgets().iter().filter(|widget| widget["type"] == "log") {
        let query = widget["properties"]["query"].as_str();
        let query = query.expect("it has a query");
        for text in query.split('"').skip(1).step_by(2) {
            let is_written = code.contains(&format!("\"{text}\""));
            assert!(is_written, "no function writes {text}");
            looked_for += 1;
        }
        let group = query.split('\'').nth(1).expect("it has a source");
        let groups = [&STACK.receiver_log_group, &STACK.reactor_log_group];
        assert!(groups.iter().any(|name| *name == group), "{group}");
    }
    assert_eq!(looked_for, 4);
}

#[test]
fn there_is_no_dashboard_when_it_is_switched_off() {
    let stack = Stack::deploy("Dashboard=false");
    let input = json!({ "DashboardNamePrefix": stack.stack_name });
    let found = call("monitoring", "ListDashboards", &input).expect("CloudWatch answers");
    assert_eq!(found["DashboardEntries"], json!([]));
}
