//! What a function may do, taken away and given back.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::cloud;

pub struct Policy {
    role: String,
    name: &'static str,
    document: Value,
}

impl Policy {
    pub fn of(function: &str, name: &'static str) -> Self {
        let role = cloud::role_of(function).expect("the function has a role");
        let document = cloud::role_policy(&role, name).expect("the role has a policy");
        Self {
            role,
            name,
            document,
        }
    }

    pub fn without(&self, sid: &str, action: &str) {
        let mut document = self.document.clone();
        for statement in document["Statement"]
            .as_array_mut()
            .expect("a policy has statements")
        {
            if statement["Sid"] == sid {
                let left = actions(statement);
                let left: Vec<String> = left.into_iter().filter(|name| name != action).collect();
                statement["Action"] = if left.is_empty() {
                    json!(["none:None"])
                } else {
                    json!(left)
                };
            }
        }
        assert_ne!(document, self.document, "{sid} has {action}");
        self.put(&document);
    }

    pub fn restore(&self) {
        self.put(&self.document);
    }

    fn put(&self, document: &Value) {
        cloud::put_role_policy(&self.role, self.name, document).expect("the policy can be changed");
    }

    /// All permissions: statement and action.
    pub fn permissions(&self) -> BTreeSet<(String, String)> {
        let statements = self.document["Statement"]
            .as_array()
            .expect("a policy has statements");
        let pairs = |statement: &Value| {
            let sid = statement["Sid"].as_str().unwrap_or_default().to_owned();
            actions(statement)
                .into_iter()
                .map(move |action| (sid.clone(), action))
                .collect::<Vec<_>>()
        };
        statements.iter().flat_map(pairs).collect()
    }
}

fn actions(statement: &Value) -> Vec<String> {
    match &statement["Action"] {
        Value::String(action) => vec![action.clone()],
        Value::Array(actions) => actions
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
        other => panic!("{other} is no action"),
    }
}
