//! The query of a list: what it asks for, and what is refused.

use jiff::Timestamp;
use percent_encoding::percent_decode_str;
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::refusal::Refusal;

/// A query that is valid.
#[derive(Clone, Debug, Default)]
pub(super) struct Query {
    pub page: usize,
    pub limit: usize,
    pub sort: String,
    pub is_ascending: bool,
    pub fields: String,
    /// As they are echoed.
    pub filters: Map<String, Value>,
}

/// The parameters that filter, and what each must be.
const FILTERS: [(&str, Kind); 34] = [
    ("search", Kind::Text),
    ("title", Kind::Text),
    ("ticket_number", Kind::Text),
    ("client_name", Kind::Text),
    ("contact_name", Kind::Text),
    ("status_name", Kind::Text),
    ("priority_name", Kind::Text),
    ("category_name", Kind::Text),
    ("board_name", Kind::Text),
    ("board_id", Kind::Id),
    ("client_id", Kind::Id),
    ("location_id", Kind::Id),
    ("contact_name_id", Kind::Id),
    ("status_id", Kind::Id),
    ("category_id", Kind::Id),
    ("subcategory_id", Kind::Id),
    ("entered_by", Kind::Id),
    ("assigned_to", Kind::Id),
    ("priority_id", Kind::Id),
    ("status_ids", Kind::Ids),
    ("tags", Kind::Texts),
    ("is_open", Kind::Flag),
    ("is_closed", Kind::Flag),
    ("is_overdue", Kind::Flag),
    ("is_active", Kind::Flag),
    ("has_assignment", Kind::Flag),
    ("created_from", Kind::Time),
    ("created_to", Kind::Time),
    ("updated_from", Kind::Time),
    ("updated_to", Kind::Time),
    ("entered_from", Kind::Time),
    ("entered_to", Kind::Time),
    ("closed_from", Kind::Time),
    ("closed_to", Kind::Time),
];

#[derive(Clone, Copy, Debug)]
enum Kind {
    Text,
    Texts,
    Id,
    Ids,
    Flag,
    Time,
}

impl Query {
    /// Reads what comes after the question mark. What has no meaning is passed over.
    ///
    /// # Errors
    /// If a parameter has a value that it cannot have.
    pub(super) fn parse(text: &str) -> Result<Self, Refusal> {
        let parameters: Vec<_> = parameters(text).collect();
        let last = |name: &str| {
            let of_name = parameters.iter().rfind(|(known, _)| known == name);
            of_name.map(|(_, value)| value.as_str())
        };
        let mut filters = Map::new();
        for (name, kind) in FILTERS {
            if let Some(value) = last(name) {
                filters.insert(name.to_owned(), kind.read(name, value)?);
            }
        }
        Ok(Self {
            page: number("page", last("page"), 1, usize::MAX)?,
            limit: number("limit", last("limit"), 25, 100)?,
            sort: last("sort").unwrap_or("created_at").to_owned(),
            is_ascending: is_ascending(last("order").unwrap_or("desc"))?,
            fields: last("fields").unwrap_or_default().to_owned(),
            filters,
        })
    }
}

impl Kind {
    fn read(self, name: &'static str, value: &str) -> Result<Value, Refusal> {
        let list = || {
            value
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
        };
        let is_id = |text: &str| text.len() == 36 && Uuid::try_parse(text).is_ok();
        Ok(match self {
            Self::Text => json!(value),
            Self::Texts => list().collect(),
            Self::Id if is_id(value) => json!(value),
            Self::Ids if list().all(is_id) => list().collect(),
            Self::Flag if matches!(value, "true" | "false") => json!(value == "true"),
            Self::Time if time(value).is_some() => json!(value),
            Self::Id | Self::Ids => return Err(Refusal::invalid(name, "Invalid uuid")),
            Self::Flag => return Err(Refusal::invalid(name, "Invalid boolean value")),
            Self::Time => return Err(Refusal::invalid(name, "Invalid datetime")),
        })
    }
}

/// A time as the API takes it: of ISO, with a `Z`. Neither an offset nor a date alone.
pub(super) fn time(text: &str) -> Option<Timestamp> {
    let (date, time) = text.strip_suffix('Z')?.split_once('T')?;
    let is_whole = date.len() == 10 && time.len() >= 8 && !time.contains(['+', '-', '[']);
    is_whole.then(|| text.parse().ok()).flatten()
}

pub(super) fn parameters(text: &str) -> impl Iterator<Item = (String, String)> {
    let decoded = |text: &str| {
        let spaced = text.replace('+', " ");
        let bytes: Vec<u8> = percent_decode_str(&spaced).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    };
    let pairs = text.split('&').filter(|pair| !pair.is_empty());
    pairs.map(move |pair| {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        (decoded(name), decoded(value))
    })
}

/// The digits that a parameter begins with, from 1 on.
fn number(
    name: &'static str,
    value: Option<&str>,
    usual: usize,
    most: usize,
) -> Result<usize, Refusal> {
    let Some(value) = value else {
        return Ok(usual);
    };
    let value = value.trim();
    let end = value
        .find(|digit: char| !digit.is_ascii_digit())
        .unwrap_or(value.len());
    match value[..end].parse() {
        Ok(number) if (1..=most).contains(&number) => Ok(number),
        _ => Err(Refusal::invalid(name, "Invalid number")),
    }
}

pub(super) fn is_ascending(order: &str) -> Result<bool, Refusal> {
    match order {
        "asc" => Ok(true),
        "desc" => Ok(false),
        _ => Err(Refusal::invalid("order", "order must be 'asc' or 'desc'")),
    }
}
