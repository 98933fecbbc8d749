//! Secrets that are offered to the tool, and what became of them.

use serde_json::json;
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

pub fn put(stack: &Stack, arguments: &[&str], secret: &str) -> Cli {
    let cli = cli(stack, &[&["--json", "secret"], arguments].concat());
    // What is too short to be a secret would be found in any text.
    let cli = if secret.trim().len() > 8 {
        cli.hiding(secret.trim())
    } else {
        cli
    };
    cli.input(secret)
}

pub fn checks(ran: &Ran) -> Vec<(String, bool)> {
    let change = ran.json();
    let checks = change["checks"].as_array().unwrap().iter();
    checks
        .map(|check| {
            (
                check["signed_with"].as_str().unwrap().to_owned(),
                check["accepted"] == json!(true),
            )
        })
        .collect()
}

pub fn good(names: &[&str]) -> Vec<(String, bool)> {
    names
        .iter()
        .map(|name| ((*name).to_owned(), true))
        .collect()
}
