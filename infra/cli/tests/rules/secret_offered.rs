//! What does not look like a secret.

use alga_webhooks::commands::secret::offered::objection;

#[test]
fn what_is_not_a_secret_of_algapsa_is_objected_to_without_quoting_it() {
    let good = "ABEiM0RVZneImaq7zN3u__7cuph2VDIQASNFZ4mrze8";
    let long = format!("{good}x");
    let spaced = format!("{} {}", &good[..20], &good[21..]);
    let quoted = format!("\"{good}\"");
    let odd = format!("+{}", &good[1..]);
    for (secret, word, fatal) in [
        ("", "nothing", true),
        (r#"{"a":{}}"#, "like a map", true),
        (&spaced, "white space inside", false),
        (&quoted, "quotes", false),
        (&odd, "characters that", false),
        (&good[..42], "has 42 characters", false),
        (&long, "has 44 characters", false),
    ] {
        let objection = objection(secret).unwrap_or_else(|| panic!("none to {secret}"));
        assert!(objection.why.contains(word), "{}", objection.why);
        assert!(secret.len() < 9 || !objection.why.contains(secret.trim()));
        assert_eq!(objection.fatal, fatal, "{secret}");
    }
    assert_eq!(objection(good), None);
}
