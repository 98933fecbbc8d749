//! Update expressions of the form `SET #a = :a, b = :b REMOVE #c`; nothing here uses more.

use serde_json::Value;

use super::item::Item;

/// Changes an item as a request says.
pub fn apply(item: &mut Item, asked: &Value) {
    let expression = asked["UpdateExpression"].as_str().unwrap_or_default();
    let (sets, removes) = clauses(expression);
    for set in sets {
        let (name, value) = set.split_once('=').expect("SET assigns");
        let value = &asked["ExpressionAttributeValues"][value.trim()];
        assert!(value.is_object(), "{expression} does not assign values");
        item.insert(named(asked, name), value.clone());
    }
    for name in removes {
        item.remove(&named(asked, name));
    }
}

/// The attribute that a name or its placeholder stands for.
pub fn named(asked: &Value, name: &str) -> String {
    let name = name.trim();
    let named = asked["ExpressionAttributeNames"][name].as_str();
    named.unwrap_or(name).to_owned()
}

fn clauses(expression: &str) -> (Vec<&str>, Vec<&str>) {
    let (sets, removes) = expression.split_once("REMOVE").unwrap_or((expression, ""));
    let sets = sets.trim().trim_start_matches("SET");
    (listed(sets), listed(removes))
}

fn listed(text: &str) -> Vec<&str> {
    let parts = text.split(',').map(str::trim);
    parts.filter(|part| !part.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn an_update_sets_and_removes() {
        let mut item = json!({ "due": { "S": "x" }, "body": { "S": "b" } });
        let asked = json!({
            "UpdateExpression": "SET #e = :e, kept = :k REMOVE #due, gone",
            "ExpressionAttributeNames": { "#e": "expires_at", "#due": "due" },
            "ExpressionAttributeValues": { ":e": { "N": "1" }, ":k": { "S": "k" } },
        });
        apply(item.as_object_mut().unwrap(), &asked);
        let left =
            json!({ "body": { "S": "b" }, "expires_at": { "N": "1" }, "kept": { "S": "k" } });
        assert_eq!(item, left);
    }
}
