//! That the bench works: what it measures, it measures on functions that do their work. No time is asserted here.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use serde_json::{Value, json};

/// What `make bench` runs with other functions and larger numbers.
fn plan() -> Value {
    let target = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/local/functions");
    let function = |name: &str| json!({ "command": [target.join(name).join("bootstrap")] });
    let ours = json!({
        "name": "ours",
        "receiver": function("receiver"),
        "reactor": function("reactor"),
        "keys": ["stream", "event"],
        "index": "due",
        "verifies": true,
    });
    json!({
        "rounds": 1,
        "cold_starts": 1,
        "deliveries": 5,
        "batches": 2,
        "growth": [3],
        "growth_events": 3,
        "contenders": [ours],
    })
}

fn measured() -> Value {
    let folder =
        Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("bench-{}", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let (plan_file, found) = (folder.join("plan.json"), folder.join("measured.json"));
    fs::write(&plan_file, plan().to_string()).unwrap();
    let run = Command::new(env!("CARGO_BIN_EXE_bench"))
        .args([&plan_file, &found])
        .status()
        .unwrap();
    assert!(run.success());
    let text = fs::read_to_string(found).unwrap();
    fs::remove_dir_all(folder).unwrap();
    serde_json::from_str(&text).unwrap()
}

#[test]
fn the_bench_counts_on_a_canned_aws_what_the_local_aws_counts() {
    let measured = measured();
    let receiver = &measured["receivers"]["ours"]["warm"]["new 2 kB"][0];
    let reactor = &measured["reactors"]["ours"]["warm"]["1 event 2 kB"][0];
    let each = |series: &Value, units: &str| {
        series[units].as_u64().unwrap() / series["invocations"].as_u64().unwrap()
    };
    // The five of tests/functions/inbox/cost.rs.
    assert_eq!(each(receiver, "write_units"), 2);
    assert_eq!(each(reactor, "write_units"), 3);
    assert_eq!(receiver["calls"], json!({ "PutItem": 5, "SendMessage": 5 }));
    assert_eq!(measured["receivers"]["ours"]["cannot"], json!({}));

    let forged = &measured["receivers"]["ours"]["warm"]["forged 2 kB"][0];
    assert_eq!(forged["calls"], json!({}));
    assert_eq!(measured["growth"].as_array().unwrap().len(), 3);
}
