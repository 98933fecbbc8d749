//! The table: items by key, those that wait in order, and what each request would cost.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound::{Excluded, Included, Unbounded};

use serde_json::{Value, json};

use super::expression;
use super::item::{Item, size};
use super::{Counts, refusal};
use crate::plan::Index;

/// What DynamoDB holds in one item at most.
const LARGEST: u64 = 400 * 1024;
/// What one write unit writes, and one read unit reads.
const WRITE_UNIT: u64 = 1024;
const READ_UNIT: u64 = 4096;

type Key = Vec<String>;

/// One table, with a sparse local index on an attribute if one is named.
#[derive(Clone, Debug, Default)]
pub struct Table {
    keys: Vec<String>,
    index: Option<Index>,
    items: HashMap<Key, Item>,
    waiting: HashMap<String, BTreeMap<String, Key>>,
}

impl Table {
    pub fn new(keys: Vec<String>, index: Option<Index>) -> Self {
        Self {
            keys,
            index,
            ..Self::default()
        }
    }

    pub fn emptied(&self) -> Self {
        Self::new(self.keys.clone(), self.index.clone())
    }

    pub fn waiting(&self) -> usize {
        self.waiting.values().map(BTreeMap::len).sum()
    }

    pub(super) fn settle(&mut self) {
        self.waiting.clear();
        for item in self.items.values_mut() {
            let index = self.index.as_ref();
            index.and_then(|index| item.remove(&index.attribute));
        }
    }

    pub(super) fn put(&mut self, asked: &Value, counts: &mut Counts) -> Value {
        let item = asked["Item"].as_object().cloned().unwrap_or_default();
        if size(&item) > LARGEST {
            return refusal("ValidationException", "Item size has exceeded the maximum");
        }
        let key = self.key(&item);
        let conditional = asked["ConditionExpression"].is_string();
        if let Some(seen) = self.items.get(&key).filter(|_| conditional) {
            // A refused write is charged for the larger of both items.
            counts.write_units += writes(size(seen).max(size(&item)));
            return failed_check(asked, seen);
        }
        self.write(key, item, counts);
        json!({})
    }

    pub(super) fn get(&self, asked: &Value, counts: &mut Counts) -> Value {
        let key = asked["Key"].as_object().map(|key| self.key(key));
        let item = key.and_then(|key| self.items.get(&key));
        counts.read_units += reads(asked, item.map_or(0, size));
        item.map_or_else(|| json!({}), |item| json!({ "Item": item }))
    }

    pub(super) fn update(&mut self, asked: &Value, counts: &mut Counts) -> Value {
        let keys = asked["Key"].as_object().cloned().unwrap_or_default();
        let key = self.key(&keys);
        let mut item = self.items.get(&key).cloned().unwrap_or(keys);
        expression::apply(&mut item, asked);
        self.write(key, item.clone(), counts);
        if asked["ReturnValues"] == "ALL_NEW" {
            return json!({ "Attributes": item });
        }
        json!({})
    }

    /// What waits in one partition up to a place, in order: `#stream = :stream AND #due <= :due`.
    pub(super) fn query(&self, asked: &Value, counts: &mut Counts) -> Value {
        let value = |name: &str| asked["ExpressionAttributeValues"][name]["S"].as_str();
        let (Some(stream), Some(up_to), Some(index)) =
            (value(":stream"), value(":due"), &self.index)
        else {
            return refusal("ValidationException", "only the due list is canned");
        };
        let limit = asked["Limit"].as_u64().map(usize::try_from);
        let limit = limit.map_or(usize::MAX, |limit| limit.expect("a page is small"));
        let from = asked["ExclusiveStartKey"][&index.attribute]["S"].as_str();
        let from = from.map_or(Unbounded, Excluded);
        let due = self.waiting.get(stream);
        let due = due.map(|due| due.range::<str, _>((from, Included(up_to))));
        let listed = due.into_iter().flatten().take(limit);
        let listed = listed.filter_map(|(_, key)| self.entry(&self.items[key]));
        let listed: Vec<Item> = listed.collect();
        counts.read_units += reads(asked, listed.iter().map(size).sum());
        let mut answer = json!({ "Count": listed.len(), "ScannedCount": listed.len() });
        if listed.len() == limit {
            answer["LastEvaluatedKey"] = json!(listed.last());
        }
        answer["Items"] = json!(listed);
        answer
    }

    fn key(&self, item: &Item) -> Key {
        let part = |name| item[name]["S"].as_str().unwrap_or_default().to_owned();
        self.keys.iter().map(part).collect()
    }

    /// Charged for the larger of the item before and after, and for what changes in the index.
    fn write(&mut self, key: Key, item: Item, counts: &mut Counts) {
        let before = self.items.get(&key);
        let larger = size(&item).max(before.map_or(0, size));
        let old = before.and_then(|item| self.entry(item));
        let new = self.entry(&item);
        counts.write_units += writes(larger) + self.index_writes(old.as_ref(), new.as_ref());
        if let Some((stream, due)) = old.and_then(|entry| self.place(&entry)) {
            let waiting = self.waiting.get_mut(&stream);
            waiting.and_then(|waiting| waiting.remove(&due));
        }
        if let Some((stream, due)) = new.and_then(|entry| self.place(&entry)) {
            let waiting = self.waiting.entry(stream).or_default();
            waiting.insert(due, key.clone());
        }
        self.items.insert(key, item);
    }

    /// An entry that keeps its place is written over; one that moves is deleted and put.
    fn index_writes(&self, old: Option<&Item>, new: Option<&Item>) -> u64 {
        match (old, new) {
            (Some(old), Some(new)) if old == new => 0,
            (Some(old), Some(new)) if self.place(old) == self.place(new) => {
                writes(size(old).max(size(new)))
            }
            (old, new) => old.into_iter().chain(new).map(size).map(writes).sum(),
        }
    }

    /// The partition of an entry, and its place there.
    fn place(&self, entry: &Item) -> Option<(String, String)> {
        let due = entry[&self.index.as_ref()?.attribute]["S"].as_str()?;
        Some((self.key(entry).swap_remove(0), due.to_owned()))
    }

    /// What the index holds of an item, if it holds it.
    fn entry(&self, item: &Item) -> Option<Item> {
        let index = self.index.as_ref()?;
        item.get(&index.attribute)?;
        let held = self.keys.iter().chain([&index.attribute]);
        let held = held.chain(&index.projected);
        let held = held.filter_map(|name| Some((name.clone(), item.get(name)?.clone())));
        Some(held.collect())
    }
}

fn failed_check(asked: &Value, seen: &Item) -> Value {
    let mut failed = refusal("ConditionalCheckFailedException", "it is there");
    if asked["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD" {
        failed["Item"] = json!(seen);
    }
    failed
}

fn writes(size: u64) -> u64 {
    size.div_ceil(WRITE_UNIT).max(1)
}

fn reads(asked: &Value, size: u64) -> f64 {
    let units = u32::try_from(size.div_ceil(READ_UNIT).max(1)).expect("items are not that large");
    let consistent = asked["ConsistentRead"] == true;
    f64::from(units) / if consistent { 1.0 } else { 2.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        let index = Index {
            attribute: "due".into(),
            projected: vec!["body".into()],
        };
        Table::new(vec!["stream".into(), "event".into()], Some(index))
    }

    /// A put of an event with a body of that many characters, and perhaps with something that the index does not hold.
    fn put(due: Option<&str>, body: usize, other: usize) -> Value {
        let mut item = json!({
            "stream": { "S": "s" },
            "event": { "S": "e" },
            "body": { "S": "b".repeat(body) },
            "other": { "S": "o".repeat(other) },
        });
        if let Some(due) = due {
            item["due"] = json!({ "S": due });
        }
        json!({ "Item": item })
    }

    #[test]
    fn an_index_is_charged_by_the_size_of_the_entries_that_change() {
        // "streams", "evente", "body", "due1" and "other" are 26 bytes, 21 of them in the index.
        for (before, after, units) in [
            (None, put(Some("1"), 998, 0), 1 + 1),
            (None, put(Some("1"), 999, 0), 2 + 1),
            (None, put(Some("1"), 1_003, 0), 2 + 1),
            (None, put(Some("1"), 1_004, 0), 2 + 2),
            (None, put(None, 2_500, 0), 3),
            (Some(put(Some("1"), 2_500, 0)), put(None, 2_500, 0), 3 + 3),
            (Some(put(Some("1"), 2_500, 0)), put(Some("1"), 2_500, 9), 3),
            (Some(put(Some("1"), 2_500, 0)), put(Some("1"), 9, 9), 3 + 3),
            (
                Some(put(Some("1"), 2_500, 0)),
                put(Some("2"), 9, 9),
                3 + 3 + 1,
            ),
        ] {
            let (mut table, mut counts) = (table(), Counts::default());
            if let Some(before) = before {
                table.put(&before, &mut Counts::default());
            }
            table.put(&after, &mut counts);
            assert_eq!(counts.write_units, units, "{}", after["Item"]["due"]);
        }
    }

    #[test]
    fn a_list_is_read_by_the_size_of_what_it_holds() {
        for (body, units) in [(0, 1.0), (4_075, 1.0), (4_076, 2.0)] {
            let (mut table, mut counts) = (table(), Counts::default());
            table.put(&put(Some("1"), body, 9_000), &mut Counts::default());
            let asked = json!({
                "ConsistentRead": true,
                "ExpressionAttributeValues": { ":stream": { "S": "s" }, ":due": { "S": "1" } },
            });
            let listed = table.query(&asked, &mut counts);
            assert_eq!(listed["Items"][0]["body"]["S"], "b".repeat(body));
            assert!((counts.read_units - units).abs() < 0.01, "{counts:?}");
        }
    }
}
