//! Secrets that are offered to the tool, and what became of them.

use serde_json::{Value, json};
use support::{Stack, cloud};
use uuid::Uuid;

use crate::command::{Cli, Ran, cli};

/// A secret as AlgaPSA makes them: 43 characters of base64url.
pub fn fresh() -> String {
    let text = format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple());
    format!("_-{}", &text[..41])
}

/// The value that is there now.
pub fn value(stack: &Stack) -> String {
    let asked = json!({ "SecretId": stack.secret_id });
    let answer = cloud::call("secretsmanager", "GetSecretValue", &asked).unwrap();
    answer["SecretString"].as_str().unwrap().to_owned()
}

pub fn put(stack: &Stack, words: &str, secret: &str) -> Cli {
    let cli = cli(stack, &format!("--json secret {words}")).input(secret);
    match secret.trim() {
        // What is too short to be a secret would be found in any text.
        short if short.len() <= 8 => cli,
        long => cli.hiding(long),
    }
}

/// Which secrets it checked, and whether the receiver accepted them: "new true" for one.
pub fn checks(ran: &Ran) -> Vec<String> {
    let change = ran.json();
    let checks = change["checks"].as_array().unwrap().iter();
    let told = |check: &Value| {
        let name = check["signed_with"].as_str().unwrap();
        format!("{name} {}", check["accepted"] == json!(true))
    };
    checks.map(told).collect()
}
