//! What an item is, and how large DynamoDB calls it.

use serde_json::{Map, Value};

/// Attributes by name, in DynamoDB's own JSON.
pub type Item = Map<String, Value>;

/// Names and strings count in UTF-8 bytes, binaries as they are, numbers one byte for two digits and one.
pub fn size(item: &Item) -> u64 {
    let sizes = item
        .iter()
        .map(|(name, value)| length(name) + value_size(value));
    sizes.sum()
}

fn value_size(value: &Value) -> u64 {
    let Some((kind, held)) = value.as_object().and_then(|value| value.iter().next()) else {
        return 0;
    };
    let text = held.as_str().unwrap_or_default();
    match kind.as_str() {
        "S" => length(text),
        "N" => length(text).div_ceil(2) + 1,
        "B" => length(text.trim_end_matches('=')) * 3 / 4,
        "M" => held
            .as_object()
            .map_or(3, |map| 3 + size(map) + count(map.len())),
        "L" => {
            let held = held.as_array().map_or(&[][..], Vec::as_slice);
            3 + held.iter().map(|value| 1 + value_size(value)).sum::<u64>()
        }
        _ => 1,
    }
}

fn length(text: &str) -> u64 {
    count(text.len())
}

fn count(length: usize) -> u64 {
    u64::try_from(length).expect("lengths fit")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_item_is_as_large_as_dynamodb_says() {
        for (item, bytes) in [
            (json!({}), 0),
            (json!({ "a": { "S": "é" } }), 3),
            (json!({ "a": { "N": "1791188130123" } }), 9),
            (json!({ "a": { "B": "AAECAw==" } }), 5),
            (json!({ "a": { "BOOL": true } }), 2),
            (json!({ "a": { "M": { "b": { "S": "c" } } } }), 7),
            (json!({ "a": { "L": [{ "S": "c" }] } }), 6),
        ] {
            assert_eq!(size(item.as_object().unwrap()), bytes, "{item}");
        }
    }
}
