//! The slow read that the page on moving over from polling shows, run as it is printed there.

use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

use algapsa::ticket_api::{KEY, Mood, TicketApi};
use serde_json::json;

const PAGE: &str = include_str!("../../../infra/MOVING.md");
const TICKET: &str = "3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31";
const GONE: &str = "7c1f0d52-6a44-4d0a-9b3e-2f6a1c8d9e70";

/// The script, in a folder of its own, with the ids of both tickets.
struct SlowRead {
    api: TicketApi,
    folder: PathBuf,
}

impl SlowRead {
    fn prepared(test: &str) -> Self {
        let folder = env::temp_dir().join(format!("slow-read-{test}-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder can be made");
        fs::write(folder.join("watched.txt"), format!("{TICKET}\n{GONE}\n")).expect("it is there");
        let api = TicketApi::start();
        Self { api, folder }
    }

    /// What one run prints.
    fn run(&self) -> String {
        let script = PAGE.split("```python\n").nth(1);
        let script = script.and_then(|script| script.split("```").next());
        let run = Command::new("python3")
            .args(["-c", script.expect("the page shows a script")])
            .current_dir(&self.folder)
            .envs([("ALGA_URL", self.api.url.as_str()), ("ALGA_API_KEY", KEY)])
            .envs([("PYTHONIOENCODING", "utf-8"), ("NO_PROXY", "*")])
            .output()
            .expect("Python is there");
        let told = String::from_utf8_lossy(&run.stderr);
        assert!(run.status.success(), "{told}");
        String::from_utf8(run.stdout).expect("it prints text")
    }
}

impl Drop for SlowRead {
    fn drop(&mut self) {
        fs::remove_dir_all(&self.folder).expect("the folder can be removed");
    }
}

#[test]
fn it_prints_what_has_changed_since_the_last_run_and_what_is_gone() {
    let read = SlowRead::prepared("changes");
    let ticket = |status: &str| json!({"title": "Printer", "status_name": status, "updated_at": "2026-01-01T00:00:00.000Z"});
    read.api.put(TICKET, ticket("New"));
    let gone = format!("{GONE} is gone\n");
    assert_eq!(read.run(), gone, "the first run has nothing to compare");
    assert_eq!(read.run(), gone, "nothing has changed");
    read.api.put(TICKET, ticket("Closed"));
    let changed = format!("{TICKET} status_name: New → Closed\n{gone}");
    assert_eq!(read.run(), changed, "although updated_at has not moved");
    assert_eq!(read.run(), gone, "a change is printed once");
}

#[test]
fn a_ticket_that_could_not_be_read_has_not_changed() {
    let read = SlowRead::prepared("trouble");
    read.api.put(TICKET, json!({"title": "Printer"}));
    read.api.put(GONE, json!({"title": "Scanner"}));
    assert_eq!(read.run(), "");
    read.api.becomes(Mood::Status(503));
    let printed = read.run();
    assert_eq!(
        printed.matches("could not be read: HTTP Error 503").count(),
        2,
        "{printed}"
    );
    read.api.becomes(Mood::Well);
    assert_eq!(read.run(), "");
}
