//! The live page: what happens shows while it happens.

use algapsa::{Event, Ticket};

use crate::browser::Browser;
use crate::console::{PIPELINE, at_the_console};
use crate::scene::{refused, send};

/// The rows that show, as their texts: the newest first.
fn rows(browser: &Browser) -> Vec<String> {
    browser.texts("return [...document.querySelectorAll('#live tbody tr')].filter(row => row.checkVisibility()).map(row => row.innerText)")
}

/// The rows that show of a ticket: which steps they tell of.
fn steps_of(browser: &Browser, ticket: &Ticket) -> Vec<String> {
    let rows = rows(browser)
        .into_iter()
        .filter(|row| row.contains(&ticket.id));
    let words = rows.map(|row| {
        row.split_whitespace()
            .skip(1)
            .take(2)
            .collect::<Vec<_>>()
            .join(" ")
    });
    words.collect()
}

#[track_caller]
fn waits_for_steps(browser: &Browser, ticket: &Ticket, expected: &[&str]) {
    browser.wait_until(&format!("the page tells of {expected:?}"), || {
        let mut steps = steps_of(browser, ticket);
        steps.sort();
        steps == expected
    });
}

fn opened(title: &str) -> (Ticket, Event) {
    let ticket = Ticket::new(title);
    let event = ticket.event("ticket.created", 0);
    (ticket, event)
}

#[test]
fn what_arrives_and_is_reacted_to_shows_by_itself() {
    at_the_console(&PIPELINE.stack, |browser| {
        browser.shows("Following");
        browser.run("window.stayed = true", &[]);
        let (ticket, event) = opened("Live");
        send(&PIPELINE, &[event]);
        waits_for_steps(browser, &ticket, &["delivery accepted", "reaction in"]);
        refused(&PIPELINE, &ticket.event("ticket.closed", 1));
        browser.shows("rejected … signature mismatch");
        assert_eq!(
            browser.run("return window.stayed", &[]),
            true,
            "the page is still the same"
        );
        browser.seen().check(&browser.base);
    });
}

#[test]
fn rows_are_filtered_by_what_they_tell_of_and_by_their_text() {
    at_the_console(&PIPELINE.stack, |browser| {
        let ((ticket, event), (_, other)) = (opened("Sought"), opened("Not sought"));
        send(&PIPELINE, &[event, other.clone()]);
        waits_for_steps(browser, &ticket, &["delivery accepted", "reaction in"]);
        browser.fill("searchbox", "Containing", &ticket.id.to_uppercase());
        browser.wait_until("only the ticket shows", || rows(browser).len() == 2);
        browser.choose("Show", "deliveries");
        waits_for_steps(browser, &ticket, &["delivery accepted"]);
        browser.choose("Show", "trouble only");
        browser.wait_until("nothing of it is trouble", || rows(browser).is_empty());
        // What comes is filtered too.
        browser.choose("Show", "reactions");
        send(
            &PIPELINE,
            &[
                ticket.event("ticket.closed", 1),
                other.alias("ticket.closed"),
            ],
        );
        browser.wait_until("its next reaction shows", || rows(browser).len() == 2);
        waits_for_steps(browser, &ticket, &["reaction in", "reaction in"]);
    });
}

#[test]
fn a_paused_page_keeps_what_comes_until_it_goes_on() {
    at_the_console(&PIPELINE.stack, |browser| {
        browser.shows("Following");
        browser.click("button", "Pause");
        let (ticket, event) = opened("Held");
        send(&PIPELINE, &[event]);
        browser.wait_until("it counts what comes", || {
            let text = browser.text();
            let count = text
                .split_once("Paused; ")
                .and_then(|(_, rest)| rest.split(' ').next());
            count.is_some_and(|count| count.parse::<u32>().is_ok_and(|count| count >= 2))
        });
        assert_eq!(steps_of(browser, &ticket), [""; 0]);
        browser.click("button", "Go on");
        waits_for_steps(browser, &ticket, &["delivery accepted", "reaction in"]);
        browser.shows("Following");
    });
}
