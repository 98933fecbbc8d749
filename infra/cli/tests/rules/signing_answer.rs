//! An answer in a word.

use std::time::Duration;

use alga_webhooks::signing::{Answer, Names};

#[test]
fn an_answer_is_told_in_a_word_whoever_gave_it() {
    for (told, outcome, accepted) in [
        (
            Ok((200, r#"{"status":"accepted","event_id":"e"}"#)),
            "200 accepted",
            true,
        ),
        (
            Ok((401, r#"{"error":"unauthorized"}"#)),
            "401 unauthorized",
            false,
        ),
        (Ok((204, "")), "204 ", true),
        (Ok((502, "<html>\u{1b}[2J")), "502 <html>[2J", false),
        (Ok((302, "[1]")), "302 [1]", false),
        (
            Ok((429, r#"{"Reason":"x","message":"Rate Exceeded."}"#)),
            "429 Rate Exceeded.",
            false,
        ),
        (
            Err("nothing within 10s"),
            "no answer: nothing within 10s",
            false,
        ),
    ] {
        let told = told
            .map(|(status, text)| (status, text.to_owned()))
            .map_err(str::to_owned);
        let answer = Answer::new(Names::default(), 1, told, Duration::ZERO);
        assert_eq!(answer.outcome(), outcome);
        assert_eq!(answer.is_accepted(), accepted, "{outcome}");
    }
}
