//! That the bench works: what it measures, it measures on functions that do their work. No time is asserted here.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;
use std::{env, fs};

use serde_json::{Value, json};

const OURS: &str = "alga-webhooks";

/// All of them are ours, under the names that the report knows.
static MEASURED: LazyLock<Value> = LazyLock::new(|| {
    let folder = Folder::new("measured");
    let (plan_file, found) = (folder.0.join("plan.json"), folder.0.join("found.json"));
    fs::write(&plan_file, plan().to_string()).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args([&plan_file, &found])
        .status()
        .unwrap();
    assert!(run.success());
    serde_json::from_str(&fs::read_to_string(found).unwrap()).unwrap()
});

/// Ends with this value.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let name = format!("bench-{}-{name}", std::process::id());
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        fs::create_dir_all(&folder).unwrap();
        Self(folder)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.0).unwrap();
    }
}

/// What `make bench` runs with other functions and larger numbers.
fn plan() -> Value {
    let contenders = [OURS, "floor", "Node.js"].map(contender);
    json!({
        "rounds": 3,
        "cold_starts": 1,
        "deliveries": 5,
        "batches": 2,
        "growth": [3],
        "growth_events": 3,
        "growth_runs": 2,
        "contenders": contenders,
    })
}

fn contender(name: &str) -> Value {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/local/functions");
    let function = |name: &str| json!({ "command": [target.join(name).join("bootstrap")] });
    json!({
        "name": name,
        "receiver": function("receiver"),
        "reactor": function("reactor"),
        "keys": ["stream", "event"],
        "index": { "attribute": "due", "projected": projected() },
        "verifies": true,
        "sends": name == OURS,
        "slower": 1,
    })
}

fn projected() -> Vec<&'static str> {
    let template = include_str!("../../../template.yaml");
    let listed = template.split("NonKeyAttributes: [").nth(1);
    let listed = listed.and_then(|rest| rest.split(']').next()).unwrap();
    listed.split(", ").collect()
}

/// What `python3 tests/bench` adds to what was measured, so that a report can be written.
fn measured() -> Value {
    let about = |name| json!({ "name": name, "version": "", "zips": [3_000_000, 2_900_000] });
    let step = json!({ "median": 5.0, "fastest": 4.0 });
    let step = json!({ "300": step, "2000": step, "50000": step, "600000": step });
    let abouts = [OURS, "floor", "Node.js"].map(about);
    let mut measured = MEASURED.clone();
    measured["plan"] = plan();
    measured["about"] = json!(abouts);
    measured["missing"] = json!([]);
    measured["steps"] =
        json!({ "compress": step, "decompress": step, "parse": step, "verify": step });
    measured["load"] = json!(0.25);
    measured["took_s"] = json!(850);
    measured
}

fn report(name: &str, measured: &Value) -> String {
    const WRITE: &str = "import json, sys
sys.path.insert(0, sys.argv[1])
import report
print(report.written(json.load(open(sys.argv[2])))[0])";
    let folder = Folder::new(name);
    let file = folder.0.join("measured.json");
    fs::write(&file, measured.to_string()).unwrap();
    let python = Command::new("python3")
        .args(["-B", "-c", WRITE, env!("CARGO_MANIFEST_DIR")])
        .arg(file)
        .env("PYTHONIOENCODING", "utf-8")
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&python.stderr);
    assert!(python.status.success(), "{complaint}");
    String::from_utf8(python.stdout).unwrap()
}

/// The only line of a text that starts so.
fn line<'a>(text: &'a str, start: &str) -> &'a str {
    let mut lines = text.lines().filter(|line| line.starts_with(start));
    let line = lines
        .next()
        .unwrap_or_else(|| panic!("{start} is not in {text}"));
    assert_eq!(lines.next(), None, "{start}");
    line
}

fn each(series: &Value, units: &str) -> u64 {
    series[units].as_u64().unwrap() / series["invocations"].as_u64().unwrap()
}

#[test]
fn the_bench_counts_on_a_canned_aws_what_the_local_aws_counts() {
    let receiver = &MEASURED["receivers"][OURS]["warm"]["new 2 kB"][0];
    let reactor = &MEASURED["reactors"][OURS]["warm"]["1 event 2 kB"][0];
    // The five of tests/functions/inbox/cost.rs.
    assert_eq!(each(receiver, "write_units"), 2);
    assert_eq!(each(reactor, "write_units"), 3);
    assert_eq!(receiver["calls"], json!({ "PutItem": 5, "SendMessage": 5 }));
    assert_eq!(MEASURED["receivers"][OURS]["cannot"], json!({}));
    assert_eq!(MEASURED["reactors"][OURS]["cannot"], json!({}));

    let forged = &MEASURED["receivers"][OURS]["warm"]["forged 2 kB"][0];
    assert_eq!(forged["calls"], json!({}));
    let secrets = &MEASURED["receivers"][OURS]["cold_calls"]["GetSecretValue"];
    assert!(secrets.as_u64() >= Some(1), "{secrets}");
}

#[test]
fn an_event_that_goes_to_a_queue_takes_one_call_more_and_only_ours_goes_there() {
    let warm = |name: &str, scenario: &str| MEASURED["reactors"][name]["warm"][scenario][0].clone();
    let (scenario, to_queue) = ("1 event 2 kB", "1 event 2 kB, to a queue");
    let [plain, sent] = [scenario, to_queue].map(|scenario| warm(OURS, scenario));
    let mut calls = plain["calls"].clone();
    calls["SendMessage"] = sent["events"].clone();
    assert_eq!(sent["calls"], calls);
    assert_eq!(warm("floor", to_queue), Value::Null);
}

#[test]
fn a_busy_ticket_is_drained_as_often_as_asked_next_to_quiet_ones() {
    let points = MEASURED["growth"].as_array().unwrap();
    assert_eq!(points.len(), 3);
    for point in points {
        assert_eq!(point["cpu_us"].as_array().unwrap().len(), 2, "{point}");
        // An announcement and a settlement.
        assert_eq!(point["calls"]["UpdateItem"], 2.0, "{point}");
    }
}

#[test]
fn a_batch_waits_for_fewer_answers_than_it_asks_for_if_its_tickets_are_served_at_once() {
    let trips = |tickets: &str| {
        let name = format!("10 events of {tickets}, delayed");
        let series = &MEASURED["reactors"][OURS]["warm"][name][0];
        assert_eq!(each(series, "events"), 10);
        let calls = series["calls"].as_object().unwrap().values();
        let calls: f64 = calls.map(|times| times.as_f64().unwrap()).sum();
        let invocations = series["invocations"].as_f64().unwrap();
        (series["trips"].as_f64().unwrap(), calls / invocations)
    };
    // An announcement and a settlement for each event, one after another.
    let (in_a_row, asked) = trips("1 ticket");
    assert!(in_a_row > 19.9, "{in_a_row} of {asked}");
    let (in_a_row, asked) = trips("10 tickets");
    assert!(in_a_row < 0.95 * asked, "{in_a_row} of {asked}");
}

fn set_cpu(measured: &mut Value, pointer: &str, micros: [u32; 3]) {
    let rounds = measured.pointer_mut(pointer).unwrap();
    for (round, micros) in rounds.as_array_mut().unwrap().iter_mut().zip(micros) {
        let events = round["events"].as_f64().unwrap();
        let invocations = round["invocations"].as_f64().unwrap();
        round["cpu_us"] = json!(f64::from(micros) * events / invocations);
    }
}

#[test]
fn the_report_judges_the_goals_by_medians_of_ratios_and_says_what_stands_in_the_way() {
    let mut measured = measured();
    let mut set = |kind: &str, name: &str, scenario: &str, micros| {
        set_cpu(
            &mut measured,
            &format!("/{kind}/{name}/warm/{scenario}"),
            micros,
        );
    };
    set("receivers", OURS, "new 2 kB", [100, 100, 120]);
    set("receivers", "floor", "new 2 kB", [100, 125, 100]);
    set("reactors", OURS, "1 event 2 kB", [300, 300, 300]);
    set("reactors", "floor", "1 event 2 kB", [100, 100, 150]);
    set(
        "reactors",
        OURS,
        "1 event 2 kB, to a queue",
        [900, 900, 900],
    );
    let report = report("goals", &measured);
    let goal = |start| line(&report, &format!("| {start}"));

    let receiver = goal("receiver's CPU for a delivery of 2 kB to floor's |");
    let judged = "≤ 1.00 | 1.00 (0.80–1.20) | yes, in 2 of 3 |";
    assert!(receiver.ends_with(judged), "{receiver}");
    let reactor = goal("reactor's CPU for an event to floor's, batch of one |");
    let judged = "≤ 1.50 | 3.00 (2.00–3.00) | **no** |";
    assert!(reactor.ends_with(judged), "{reactor}");
    let way = line(
        &report,
        "- **reactor's CPU for an event to floor's, batch of one**",
    );
    assert!(way.contains("0.30 ms") && way.contains("calls"), "{way}");
    assert!(!report.contains("- **receiver's CPU for a delivery of 2 kB"));
    let to_queue = line(&report, "With `Reaction=sqs` in place of a log line");
    assert!(to_queue.contains("takes 0.90 ms of CPU in a batch of its own, 3.00 times"));
    assert!(goal("zip of the larger").ends_with("≤ 3.40 | 3.00 | yes |"));
    for counted in [
        "USD for a million events of 600 kB, a tenth",
        "write units of a duplicate of 600 kB |",
        "CPU for an event of one busy ticket with 3 waiting",
    ] {
        assert!(!goal(counted).contains("not measured"), "{counted}");
    }
}

#[test]
fn the_report_stands_without_peers() {
    let mut measured = measured();
    for held in ["about", "plan/contenders"] {
        let held = measured.pointer_mut(&format!("/{held}")).unwrap();
        held.as_array_mut().unwrap().pop();
    }
    for kind in ["receivers", "reactors"] {
        measured[kind].as_object_mut().unwrap().remove("Node.js");
    }
    let report = report("alone", &measured);
    let timed = line(
        &report,
        "| reactor's time for an event to Node.js's, AWS answering after 4 ms, batch of one |",
    );
    assert!(timed.ends_with("| not measured | – |"), "{timed}");
}

#[test]
fn what_goes_to_the_bucket_is_paid_for_and_said() {
    let (mut with, mut without) = (measured(), measured());
    let calls = |measured: &mut Value, calls: Value| {
        let warm = measured
            .pointer_mut("/receivers/alga-webhooks/warm/new 50 kB")
            .unwrap();
        for round in warm.as_array_mut().unwrap() {
            round["calls"] = calls.clone();
            round["invocations"] = json!(2);
        }
    };
    calls(&mut without, json!({ "PutItem": 2 }));
    calls(&mut with, json!({ "PutItem": 2, "PutObject": 2 }));
    let dollars = |report: &str, column| {
        let row = line(report, "| 50 kB, alga-webhooks |");
        let cell = row.split('|').nth(column).unwrap();
        cell.trim().parse::<f64>().unwrap()
    };
    let [with, without] =
        [("with", with), ("without", without)].map(|(name, held)| report(name, &held));
    let s3 = dollars(&with, 6) - dollars(&without, 6);
    assert!((s3 - 5.0).abs() < 0.001, "{s3}");
    // It is waited for, too.
    assert!(dollars(&with, 3) > dollars(&without, 3) + 0.2);
    assert!(line(&with, "| a body over 1 MB").contains("kept in S3"));
}
