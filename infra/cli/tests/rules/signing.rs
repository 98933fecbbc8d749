//! An answer in a word, and which secret a webhook signs with.

use std::time::Duration;

use alga_webhooks::signing::{Answer, Names, choose};
use secrecy::ExposeSecret;
use shared::secret;

use crate::{A, B};

#[test]
fn an_answer_is_told_in_a_word_whoever_gave_it() {
    let good = r#"{"status":"accepted","event_id":"e"}"#;
    let unauthorized = r#"{"error":"unauthorized"}"#;
    let too_many = r#"{"Reason":"x","message":"Rate Exceeded."}"#;
    let late = "nothing within 10s";
    for (told, outcome, accepted) in [
        (Ok((200, good)), "200 accepted", true),
        (Ok((401, unauthorized)), "401 unauthorized", false),
        (Ok((204, "")), "204 ", true),
        (Ok((502, "<html>\u{1b}[2J")), "502 <html>[2J", false),
        (Ok((302, "[1]")), "302 [1]", false),
        (Ok((429, too_many)), "429 Rate Exceeded.", false),
        (Err(late), "no answer: nothing within 10s", false),
    ] {
        let told = told.map(|(status, text)| (status, text.to_owned()));
        let told = told.map_err(str::to_owned);
        let answer = Answer::new(Names::default(), 1, told, Duration::ZERO);
        assert_eq!(answer.outcome(), outcome);
        assert_eq!(answer.is_accepted(), accepted, "{outcome}");
    }
}

fn chosen(value: &str, webhook_id: Option<&str>) -> Result<String, String> {
    let held = secret::parse(value).unwrap();
    let chosen = choose(&held, webhook_id.map(|id| id.parse().unwrap()));
    let key = chosen.map(|secret| secret.key.expose_secret().to_owned());
    key.map_err(|error| error.to_string())
}

#[test]
fn a_webhook_has_its_own_secret_or_the_only_one() {
    let map = format!(r#"{{"{A}":{{"secret":"a"}},"{B}":{{"secret":"b"}}}}"#);
    let one = format!(r#"{{"{A}":{{"secret":"a"}}}}"#);
    let no_secret = format!("there is no secret for the webhook {B}, only for {A}");
    let which =
        format!("there are several secrets: choose one with --webhook-id; there are {A}, {B}");
    for (value, webhook_id, key) in [
        ("s", None, Ok("s")),
        ("s", Some(A), Ok("s")),
        (&map, Some(B), Ok("b")),
        (&one, None, Ok("a")),
        (&one, Some(B), Err(no_secret)),
        (&map, None, Err(which)),
    ] {
        let seen = chosen(value, webhook_id);
        assert_eq!(seen, key.map(str::to_owned), "{value} {webhook_id:?}");
    }
}
