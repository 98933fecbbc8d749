//! What two ways of polling notice of a day, against the truth.

use std::collections::{HashMap, HashSet};

use algapsa::day::{MIXES, Plan};
use algapsa::desk::{Field, Way};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;

use super::{Api, start};

/// What a list with fields tells, but for names that others may change.
const SEEN: [Field; 8] = [
    Field::Status,
    Field::Assignee,
    Field::Team,
    Field::Board,
    Field::Client,
    Field::Title,
    Field::ClosedAt,
    Field::Tags,
];

type Rows = HashMap<String, Vec<Value>>;

/// All tickets that pass, by id.
fn read(api: &mut Api, query: &str) -> Rows {
    let fields = "ticket_id,title,closed_at,tags,status_id";
    let (mut rows, mut page) = (Rows::new(), 1);
    loop {
        let list = api.list(&format!(
            "{query}&sort=ticket_id&order=asc&limit=100&page={page}&fields={fields}"
        ));
        for row in list["data"].as_array().unwrap() {
            let values = SEEN.map(|field| told(row, field)).to_vec();
            rows.insert(row["ticket_id"].as_str().unwrap().to_owned(), values);
        }
        if list["pagination"]["hasNext"] == false {
            return rows;
        }
        page += 1;
    }
}

fn told(row: &Value, field: Field) -> Value {
    let value = &row[field.column()];
    match value {
        Value::Array(tags) => tags.iter().map(|tag| tag["tag_text"].clone()).collect(),
        value => value.clone(),
    }
}

/// The tickets that have changed in a field that a list tells, by a way; net of what was changed back.
fn changed(before: &Rows, after: &Rows) -> HashSet<String> {
    let differs =
        |(id, row): &(&String, &Vec<Value>)| before.get(*id).is_some_and(|old| old != *row);
    after
        .iter()
        .filter(differs)
        .map(|(id, _)| id.clone())
        .collect()
}

#[test]
fn states_tell_of_every_change_and_updated_at_of_few_that_people_make_in_the_pages() {
    let step = SignedDuration::from_mins(10);
    let (mut made, mut polled) = (HashMap::new(), HashMap::new());
    for mix in MIXES {
        let plan = Plan {
            seed: 2,
            tickets: 250,
            changes: 500,
            from: start(),
            within: SignedDuration::from_hours(2),
            mix,
        };
        let mut api = Api::of(plan.day());
        let mut known = read(&mut api, "");
        for number in 1..=12 {
            let (since, heard) = (api.now, api.installation.history().len());
            api.now = start() + step * number;
            let all = read(&mut api, "");
            let since: Timestamp = since - SignedDuration::from_mins(1);
            let touched = read(&mut api, &format!("updated_from={since}"));
            let differing = changed(&known, &all);
            for happened in &api.installation.history()[heard..] {
                let id = happened.ticket_id.to_string();
                let fields = happened
                    .differences
                    .iter()
                    .map(|difference| difference.field);
                let is_seen = fields.into_iter().any(|field| SEEN.contains(&field));
                if is_seen && known.contains_key(&id) && differing.contains(&id) {
                    *made.entry(happened.way).or_insert(0) += 1;
                    *polled.entry(happened.way).or_insert(0) +=
                        usize::from(touched.contains_key(&id));
                }
            }
            agrees(&api, &all);
            known = all;
        }
    }
    let share = |way: Way| 100 * polled[&way] / made[&way];
    // Mails are sent after some of them, and others touch the same tickets.
    assert!(share(Way::Ui) < 60, "{} %", share(Way::Ui));
    for way in [Way::Api, Way::Workflow, Way::InboundWebhook] {
        assert_eq!(share(way), 100, "{way:?}");
    }
}

/// A list says what the desk is.
fn agrees(api: &Api, rows: &Rows) {
    assert_eq!(rows.len(), api.desk().len());
    for ticket in api.desk().tickets() {
        let values = SEEN.map(|field| field.of(ticket));
        assert_eq!(rows[&ticket.id.to_string()], values);
    }
}
