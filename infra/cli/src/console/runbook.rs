//! The runbook of this version, as a page.

use axum::extract::State;
use maud::{Markup, PreEscaped};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html::push_html};

use super::page::{self, Tab};
use super::server::Console;

const RUNBOOK: &str = include_str!("../../../RUNBOOK.md");

pub async fn page(State(console): State<Console>) -> Markup {
    let content = PreEscaped(format!("<div class=\"prose\">{}</div>", written(RUNBOOK)));
    page::whole(&console.name, Tab::Health, "Runbook", &content)
}

/// A document of ours as HTML, with an anchor for each heading. Its own title is left out, and so are links to other files,
/// but for their text.
pub fn written(markdown: &str) -> String {
    let events: Vec<Event> = Parser::new_ext(markdown, Options::ENABLE_TABLES).collect();
    let (mut out, mut inside) = (Vec::new(), false);
    for (number, event) in events.iter().enumerate() {
        match event {
            Event::Start(Tag::Heading { level, .. }) if *level as usize == 1 => inside = true,
            Event::End(TagEnd::Heading(level)) if *level as usize == 1 => inside = false,
            _ if inside => {}
            Event::Start(Tag::Heading {
                level,
                classes,
                attrs,
                ..
            }) => out.push(Event::Start(Tag::Heading {
                level: *level,
                id: Some(CowStr::from(anchor(&heading(&events[number + 1..])))),
                classes: classes.clone(),
                attrs: attrs.clone(),
            })),
            Event::Start(Tag::Link { dest_url, .. }) if !dest_url.starts_with('#') => {}
            Event::End(TagEnd::Link) if !opens(&events[..number]) => {}
            Event::Html(_) | Event::InlineHtml(_) => {}
            other => out.push(other.clone()),
        }
    }
    let mut html = String::new();
    push_html(&mut html, out.into_iter());
    html
}

/// Whether the last link that began is one that stays.
fn opens(before: &[Event]) -> bool {
    let mut starts = before.iter().rev().filter_map(|event| match event {
        Event::Start(Tag::Link { dest_url, .. }) => Some(dest_url.starts_with('#')),
        _ => None,
    });
    starts.next().unwrap_or_default()
}

fn heading(after: &[Event]) -> String {
    let inside = after
        .iter()
        .take_while(|event| !matches!(event, Event::End(TagEnd::Heading(_))));
    let texts = inside.filter_map(|event| match event {
        Event::Text(text) | Event::Code(text) => Some(&**text),
        _ => None,
    });
    texts.collect()
}

/// As the code hosts make it: lower case, hyphens for spaces, nothing else but letters and digits.
fn anchor(heading: &str) -> String {
    let kept = |c: &char| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_');
    heading
        .to_lowercase()
        .chars()
        .filter(kept)
        .map(|c| if c == ' ' { '-' } else { c })
        .collect()
}
