//! The table: items by key, those that wait in order, and what each request would cost.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound::{Excluded, Included, Unbounded};

use serde_json::{Value, json};

use super::expression;
use super::item::{Item, size};
use super::{Counts, refusal};

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
    index: Option<String>,
    items: HashMap<Key, Item>,
    waiting: HashMap<String, BTreeMap<String, Key>>,
}

impl Table {
    pub fn new(keys: Vec<String>, index: Option<String>) -> Self {
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
            self.index.as_ref().and_then(|index| item.remove(index));
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
        let from = asked["ExclusiveStartKey"][index]["S"].as_str();
        let from = from.map_or(Unbounded, Excluded);
        let due = self.waiting.get(stream);
        let due = due.map(|due| due.range::<str, _>((from, Included(up_to))));
        let listed = due.into_iter().flatten().take(limit);
        let listed = listed.map(|(_, key)| self.projected(&self.items[key]));
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

    /// Charged for the larger of the item before and after, and for each change of its place in the index.
    fn write(&mut self, key: Key, item: Item, counts: &mut Counts) {
        let before = self.items.get(&key);
        let larger = size(&item).max(before.map_or(0, size));
        let places = (before.and_then(|item| self.place(item)), self.place(&item));
        counts.write_units += writes(larger) + u64::from(places.0 != places.1);
        if let Some((stream, due)) = places.0 {
            let waiting = self.waiting.get_mut(&stream);
            waiting.and_then(|waiting| waiting.remove(&due));
        }
        if let Some((stream, due)) = places.1 {
            let waiting = self.waiting.entry(stream).or_default();
            waiting.insert(due, key.clone());
        }
        self.items.insert(key, item);
    }

    /// The partition and the place in its index, for an item that has one.
    fn place(&self, item: &Item) -> Option<(String, String)> {
        let due = item.get(self.index.as_deref()?)?["S"].as_str()?;
        Some((self.key(item).swap_remove(0), due.to_owned()))
    }

    /// What the index holds of an item.
    fn projected(&self, item: &Item) -> Item {
        let kept = self.keys.iter().chain(&self.index);
        let kept = kept.map(String::as_str).chain(["kept_at"]);
        let held = kept.filter_map(|name| Some((name.to_owned(), item.get(name)?.clone())));
        held.collect()
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
