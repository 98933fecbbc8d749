//! The tables of the other commands, as a page shows them.

use maud::{Markup, html};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use shared::event::StreamId;

/// Up to how many characters a text is not wrapped.
const WHOLE: usize = 20;

/// A table with a row for each of `rows`; what `action` gives for a row stands at its end. Columns that are empty in every
/// row are left out, streams lead to their page, and wide tables scroll by themselves.
pub fn table<const N: usize>(
    caption: &str,
    header: [&str; N],
    rows: &[[String; N]],
    action: impl Fn(usize) -> Option<Markup>,
) -> Markup {
    let used: Vec<usize> = (0..N)
        .filter(|column| rows.iter().any(|row| !row[*column].is_empty()))
        .collect();
    let acts = (0..rows.len()).any(|row| action(row).is_some());
    html! {
        div.sheet role="region" aria-label=(caption) tabindex="0" {
            table {
                caption { (caption) }
                thead { tr {
                    @for column in &used { th scope="col" { (header[*column]) } }
                    @if acts { th scope="col" { "what to do" } }
                } }
                tbody { @for (number, row) in rows.iter().enumerate() { tr {
                    @for column in &used { td data-label=(header[*column]) { (cell(&row[*column])) } }
                    @if acts { td.acts data-label="what to do" { @if let Some(action) = action(number) { (action) } } }
                } } }
            }
        }
    }
}

/// Nothing to do in any row.
pub fn plain<const N: usize>(caption: &str, header: [&str; N], rows: &[[String; N]]) -> Markup {
    table(caption, header, rows, |_| None)
}

fn cell(text: &str) -> Markup {
    if StreamId::parse(text).is_some() {
        return stream(text);
    }
    // Ids and times stay whole.
    let is_whole = |line: &str| line.len() <= WHOLE || !line.contains(' ');
    html! { @for line in text.lines() { span.whole[is_whole(line)] { (line) } br; } }
}

/// A stream, which leads to its page.
pub fn stream(name: &str) -> Markup {
    let short = name.split_once('/').map_or(name, |(_, subject)| subject);
    html! { a.stream href=(address(name)) title=(name) { (short) } }
}

/// The page of a stream.
pub fn address(stream: &str) -> String {
    format!("/ticket?{}", query(&[("of", stream)]))
}

/// Names and values as a query.
pub fn query(pairs: &[(&str, &str)]) -> String {
    let written = |text| utf8_percent_encode(text, NON_ALPHANUMERIC);
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{name}={}", written(value)));
    pairs.collect::<Vec<_>>().join("&")
}
