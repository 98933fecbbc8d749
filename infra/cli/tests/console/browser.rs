//! A browser of one's own for a test: opened, driven, watched, and gone at the end, however the test ends.

use std::fs;
use std::io::{Write, stderr};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Once};
use std::thread::{current, panicking, sleep};
use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};
use support::SOON;
use uuid::Uuid;

use crate::driver::{Driver, Refused};

const LOOK_EVERY: Duration = Duration::from_millis(50);

/// Nothing but the pages of a test may move: no service of the browser's maker, no name that is looked up.
const ARGUMENTS: [&str; 15] = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-extensions",
    "--disable-sync",
    "--hide-scrollbars",
    "--no-first-run",
    "--no-pings",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    "about:blank",
];

/// A browser with a fresh profile, at the pages of one address.
pub struct Browser {
    driver: Arc<Driver>,
    /// The session's path.
    session: String,
    profile: PathBuf,
    /// The address of the pages, `http://127.0.0.1:PORT`.
    pub base: String,
}

/// Plays a story in a browser of its own, and checks at its end that no page did what none may do. Plays nothing if there is
/// no browser: `make test` has said how to get one.
pub fn browse(base: &str, story: impl FnOnce(&Browser)) {
    if let Some(browser) = Browser::open(base) {
        story(&browser);
        browser.seen().check(base);
    }
}

impl Browser {
    fn open(base: &str) -> Option<Self> {
        let named = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
        let (Some(driver), Some(program)) = (named("CHROMEDRIVER"), named("CHROME")) else {
            skip();
            return None;
        };
        Some(Self::start(&driver, &program, base))
    }

    fn start(driver: &str, program: &str, base: &str) -> Self {
        let driver = Driver::shared(driver);
        let profile = ours().join(format!("browser-{}", Uuid::new_v4()));
        let made = driver.command(Method::POST, "session", &capabilities(program, &profile));
        let session = made.unwrap_or_else(|refused| panic!("no browser: {refused}"));
        let id = session["sessionId"].as_str().expect("a session has an id");
        let browser = Self {
            session: format!("session/{id}"),
            driver,
            profile,
            base: base.to_owned(),
        };
        browser.look(1280, 900, "light");
        drop(browser.seen()); // of its own start
        browser
    }

    /// Opens a page by its path and waits until it is loaded.
    pub fn go(&self, path: &str) {
        let url = json!({ "url": format!("{}{path}", self.base) });
        self.post("url", &url)
            .unwrap_or_else(|refused| panic!("{path}: {refused}"));
    }

    /// What a person can read on the page.
    pub fn text(&self) -> String {
        let text = self.run("return document.body.innerText", &[]);
        text.as_str().unwrap_or_default().to_owned()
    }

    /// What the first element of that selector says.
    pub fn text_of(&self, selector: &str) -> String {
        let script = format!("return [document.querySelector({selector:?}).innerText]");
        self.texts(&script).remove(0)
    }

    /// Where the page is, without the address of all pages.
    pub fn path(&self) -> String {
        let url = self.run("return location.href", &[]);
        let url = url.as_str().unwrap_or_default();
        url.strip_prefix(&self.base).unwrap_or(url).to_owned()
    }

    /// Waits until the page shows each of these texts, which an ellipsis parts.
    #[track_caller]
    pub fn shows(&self, texts: &str) {
        for text in texts.split(" … ") {
            self.wait_until(&format!("the page shows {text:?}"), || {
                self.text().contains(text)
            });
        }
    }

    /// Runs a function's body in the page; `arguments` are the values that it is given.
    pub fn run(&self, script: &str, arguments: &[Value]) -> Value {
        let input = json!({ "script": script, "args": arguments });
        let told = self.post("execute/sync", &input);
        told.unwrap_or_else(|refused| panic!("{script}: {refused}"))
    }

    /// The same for a function that returns a list of texts.
    pub fn texts(&self, script: &str) -> Vec<String> {
        let told = self.run(script, &[]);
        let told = told.as_array().expect("a list").iter();
        told.map(|text| text.as_str().unwrap_or_default().to_owned())
            .collect()
    }

    /// Sends a command of Chrome's own protocol.
    pub fn chrome(&self, command: &str, parameters: &Value) -> Value {
        let input = json!({ "cmd": command, "params": parameters });
        let told = self.post("goog/cdp/execute", &input);
        told.unwrap_or_else(|refused| panic!("{command}: {refused}"))
    }

    pub fn get(&self, path: &str) -> Result<Value, Refused> {
        let path = format!("{}/{path}", self.session);
        self.driver.command(Method::GET, &path, &Value::Null)
    }

    pub fn post(&self, path: &str, input: &Value) -> Result<Value, Refused> {
        let path = format!("{}/{path}", self.session);
        self.driver.command(Method::POST, &path, input)
    }

    #[track_caller]
    pub fn wait_until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        self.wait_for(what, || Ok(is_so().then_some(())));
    }

    /// Looks until there is something to see. A page that changes meanwhile may refuse a command, which is no failure yet.
    #[track_caller]
    pub fn wait_for<T>(
        &self,
        what: &str,
        mut look: impl FnMut() -> Result<Option<T>, Refused>,
    ) -> T {
        let started = Instant::now();
        loop {
            let seen = look();
            if let Ok(Some(seen)) = seen {
                return seen;
            }
            if started.elapsed() > SOON {
                let why = seen.err().map(|refused| format!(" ({refused})"));
                let why = why.unwrap_or_default();
                panic!("{what}: not within {SOON:?}{why}\n{}", self.shown());
            }
            sleep(LOOK_EVERY);
        }
    }

    fn shown(&self) -> String {
        format!("{} shows\n\n{}\n", self.path(), self.text())
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if panicking() {
            let test = current().name().unwrap_or("test").replace("::", "-");
            let saved = self.save(&format!("failed-{test}"));
            eprintln!("What the browser shows: {}", saved.display());
        }
        let (driver, session) = (&self.driver, &self.session);
        let _ = driver.command(Method::DELETE, session, &Value::Null);
        let _ = fs::remove_dir_all(&self.profile);
    }
}

/// Our folder in cargo's target folder, for pictures and what is gone at the end.
pub fn ours() -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent();
    target
        .expect("it is in cargo's target folder")
        .join("console")
}

/// Says once that there is no browser, past the test harness, which hides what a test prints that passes.
fn skip() {
    static SAID: Once = Once::new();
    let why = "The console's tests are skipped: CHROMEDRIVER and CHROME name no browser. `make test` looks for one.";
    SAID.call_once(|| drop(writeln!(stderr(), "{why}")));
}

fn capabilities(program: &str, profile: &Path) -> Value {
    let profile = format!("--user-data-dir={}", profile.display());
    let arguments = [&[&*profile], &ARGUMENTS[..]].concat();
    json!({ "capabilities": { "alwaysMatch": {
        "goog:chromeOptions": { "binary": program, "args": arguments },
        "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
        "timeouts": { "pageLoad": 60_000, "script": 30_000 },
    } } })
}
