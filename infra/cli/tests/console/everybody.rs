//! The pages for everybody: by keyboard alone, by ear, on a phone, in the dark.

use std::sync::LazyLock;

use algapsa::Ticket;
use support::{Pipeline, Reply};

use crate::browser::Browser;
use crate::console::{PIPELINE, at_the_console};
use crate::control::{ENTER, TAB};
use crate::scene::{become_of, eventful, park, quarantined, refused};

/// No page has so many controls.
const MANY: usize = 200;

/// Whether one sees which control has the focus.
const MARKED: &str = "
    const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement);
    return outlineStyle !== 'none' && parseFloat(outlineWidth) >= 2;
";

/// A stack with something on every page.
static FULL: LazyLock<(Pipeline, Ticket)> = LazyLock::new(|| {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    quarantined(&pipeline, "Odd");
    let ticket = eventful(&pipeline);
    refused(&pipeline, &ticket.event("ticket.assigned", 50));
    (pipeline, ticket)
});

#[test]
fn every_page_is_for_everybody() {
    let (pipeline, ticket) = &*FULL;
    at_the_console(&pipeline.stack, |browser| {
        let stream = ticket.stream();
        browser.shows("rejected");
        for (name, path) in [
            ("live", "/"),
            ("ticket", &*format!("/ticket?of={stream}")),
            ("no-ticket", "/ticket"),
            ("waiting", "/waiting"),
            ("parked", "/parked"),
            ("quarantine", "/quarantine"),
            ("bring-back", "/look?verb=redrive"),
            ("replay", &format!("/look?verb=replay&name={stream}")),
            ("release", "/look?verb=release"),
            ("health", "/health"),
            ("runbook", "/runbook"),
        ] {
            browser.go(path);
            browser.is_for_everybody();
            browser.pictures(name);
        }
        browser.go(&format!("/ticket?of={stream}"));
        browser.click("link", "Body …");
        browser.shows("This is content");
        browser.is_for_everybody();
        browser.pictures("body");
    });
}

#[test]
fn the_navigation_can_be_skipped() {
    at_the_console(&PIPELINE.stack, |browser| {
        browser.press(&[TAB]);
        assert_eq!(browser.focused(), control("link", "Skip to the content"));
        browser.press(&[ENTER]);
        browser.press(&[TAB]);
        assert_eq!(browser.focused(), control("combobox", "Show"));
    });
}

#[test]
fn a_parked_event_is_brought_back_by_keyboard_alone() {
    let pipeline = Pipeline::deploy("HoldSeconds=0");
    let ticket = Ticket::new("By keyboard");
    let events = ticket.comments(1);
    park(&pipeline, &ticket, &events);
    pipeline.target.answer(&ticket.id, Reply::Status(200));
    at_the_console(&pipeline.stack, |browser| {
        presses(browser, "link", "Parked");
        browser.shows(&ticket.id);
        presses(
            browser,
            "link",
            &format!("Bring back ticket.comment.added {}", events[0].event_id),
        );
        browser.shows("1 dead letter, 1 parked event");
        presses(browser, "button", "Bring 1 event back");
        browser.shows("Sent 1 dead letter back.");
        become_of(&pipeline, &ticket, &events, "settled_at");
    });
}

/// Goes to a control by the tab key, and presses it.
#[track_caller]
fn presses(browser: &Browser, role: &str, name: &str) {
    let wanted = control(role, name);
    let found = (0..MANY).any(|_| {
        browser.press(&[TAB]);
        assert_eq!(
            browser.run(MARKED, &[]),
            true,
            "nobody sees the focus at {:?}",
            browser.focused()
        );
        browser.focused() == wanted
    });
    assert!(found, "the tab key does not lead to {wanted:?}");
    browser.press(&[ENTER]);
}

fn control(role: &str, name: &str) -> (String, String) {
    (role.to_owned(), name.to_owned())
}
