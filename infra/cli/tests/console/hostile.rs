//! Texts that would be more than text if they could.

use algapsa::Ticket;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use support::Pipeline;

use crate::browser::Browser;
use crate::console::at_the_console;
use crate::scene::park;

/// What an id may end with: it has no space and no slash.
const ID: &str = r#"'"><img`src=x`onerror=attacked()><script>attacked()<!--&lt;"#;
/// A title may hold anything, also a mark that turns what follows around.
const TITLE: &str = "</pre></script><img src=x onerror=attacked()>&lt;b&gt;\u{202E}gnp.exe\u{2066}";

/// Elements that are not the console's own.
const SCARS: &str = r#"
    const made = 'img:not([src="/icon.svg"]), script:not([src="/script.js"]), iframe, object, [onerror]';
    return [...document.querySelectorAll(made)].map(e => e.outerHTML);
"#;

#[test]
fn hostile_text_stays_text_wherever_it_shows() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let mut ticket = Ticket::new(TITLE);
    ticket.id.push_str(ID);
    let mut events = ticket.comments(1);
    events[0].event_id.push_str(ID);
    park(&pipeline, &ticket, &events);
    let (id, key) = (
        &*events[0].event_id,
        format!("{}/ticket.comment.added", events[0].event_id),
    );
    let (stream, key, title) = (encoded(&ticket.stream()), encoded(&key), encoded(TITLE));
    at_the_console(&pipeline.stack, |browser| {
        for (path, shown) in [
            ("/", &*ticket.id),
            ("/parked", id),
            (&format!("/ticket?of={stream}"), id),
            (&format!("/look?verb=redrive&name={stream}"), id),
            (&format!("/look?verb=redrive&name={stream}&event={key}"), id),
            (&format!("/body?name={stream}&event={key}"), TITLE),
            (&format!("/ticket?of={title}"), "give an id"),
        ] {
            browser.go(path);
            browser.shows(shown);
            is_unharmed(browser);
        }
        browser.go("/");
        browser.shows("Following");
        park(
            &pipeline,
            &ticket,
            &[ticket.event(&format!("ticket.{ID}"), 5)],
        );
        browser.shows(&format!("ticket.{ID}")); // a row that the script has added
        is_unharmed(browser);
    });
}

fn is_unharmed(browser: &Browser) {
    assert_eq!(browser.texts(SCARS), [""; 0], "{}", browser.path());
}

fn encoded(text: &str) -> String {
    utf8_percent_encode(text, NON_ALPHANUMERIC).to_string()
}
