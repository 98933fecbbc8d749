//! Which secret a webhook signs with.

use alga_webhooks::signing::choose;
use secrecy::ExposeSecret;
use shared::secret;

const A: &str = "0b0e3f54-7a4c-4d5e-8f60-718293a4b5c6";
const B: &str = "3f2a9d64-51c7-4e0b-8a2d-c4b19e7f0a31";

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
    for (value, webhook_id, key) in [
        ("s", None, Ok("s")),
        ("s", Some(A), Ok("s")),
        (&map, Some(B), Ok("b")),
        (&one, None, Ok("a")),
        (
            &one,
            Some(B),
            Err(format!(
                "there is no secret for the webhook {B}, only for {A}"
            )),
        ),
        (
            &map,
            None,
            Err(format!(
                "there are several secrets: choose by --webhook-id out of {A}, {B}"
            )),
        ),
    ] {
        let seen = chosen(value, webhook_id);
        assert_eq!(seen, key.map(str::to_owned), "{value} {webhook_id:?}");
    }
}
