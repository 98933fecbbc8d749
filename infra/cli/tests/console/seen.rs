//! What a browser has noted of its pages: what they asked for, and what went wrong in them.

use serde_json::{Value, json};

use crate::browser::Browser;

/// What was noted since the last look.
#[derive(Debug, Default)]
pub struct Seen {
    /// What the console of the developer's tools says in red: errors of scripts, violations of the page's own policy, answers
    /// that are failures.
    pub wrong: Vec<String>,
    /// The URL of each request.
    pub requests: Vec<String>,
}

impl Browser {
    pub fn seen(&self) -> Seen {
        let log = |kind| {
            let told = self.post("se/log", &json!({ "type": kind }));
            let told = told.unwrap_or_else(|refused| panic!("the log {kind}: {refused}"));
            told.as_array().cloned().unwrap_or_default()
        };
        Seen {
            wrong: log("browser").iter().filter_map(wrong).collect(),
            requests: log("performance").iter().filter_map(requested).collect(),
        }
    }
}

impl Seen {
    /// Whether nothing went wrong and nothing went anywhere else.
    #[track_caller]
    pub fn check(&self, base: &str) {
        let elsewhere = self.elsewhere(base);
        assert!(elsewhere.is_empty(), "asked elsewhere: {elsewhere:?}");
        assert!(self.wrong.is_empty(), "went wrong: {:#?}", self.wrong);
    }

    /// The requests to other addresses.
    pub fn elsewhere(&self, base: &str) -> Vec<&str> {
        let requests = self.requests.iter().map(|url| &**url);
        requests.filter(|url| !is_ours(url, base)).collect()
    }
}

fn is_ours(url: &str, base: &str) -> bool {
    let rest = url.strip_prefix(base);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        || url.starts_with("data:")
        || url == "about:blank"
}

fn wrong(entry: &Value) -> Option<String> {
    let level = entry["level"].as_str()?;
    let is_wrong = matches!(level, "SEVERE" | "WARNING") || entry["source"] == "security";
    is_wrong.then(|| format!("{level}: {}", entry["message"]))
}

/// The URL that an entry tells the request of: of a page, its parts and its scripts, by HTTP or a web socket.
fn requested(entry: &Value) -> Option<String> {
    let told: Value = serde_json::from_str(entry["message"].as_str()?).ok()?;
    let (method, parameters) = (&told["message"]["method"], &told["message"]["params"]);
    let url = match method.as_str()? {
        "Network.requestWillBeSent" => &parameters["request"]["url"],
        "Network.webSocketCreated" => &parameters["url"],
        _ => return None,
    };
    url.as_str().map(str::to_owned)
}
