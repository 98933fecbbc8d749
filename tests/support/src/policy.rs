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
        for statement in document["Statement"].as_array_mut().expect("statements") {
            if statement["Sid"] == sid {
                let mut left = actions(statement);
                left.retain(|name| name != action);
                // A statement must name an action.
                left.is_empty().then(|| left.push("none:None".into()));
                statement["Action"] = json!(left);
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
        let statements = self.document["Statement"].as_array().expect("statements");
        let pairs = |statement: &Value| {
            let sid = statement["Sid"].as_str().unwrap_or_default().to_owned();
            let actions = actions(statement).into_iter();
            actions.map(move |action| (sid.clone(), action))
        };
        statements.iter().flat_map(pairs).collect()
    }
}

fn actions(statement: &Value) -> Vec<String> {
    match &statement["Action"] {
        Value::String(action) => vec![action.clone()],
        actions => serde_json::from_value(actions.clone()).expect("a list of actions"),
    }
}
