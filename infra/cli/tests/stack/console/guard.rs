//! Who gets into the console, and what its answers forbid.

use super::http;
use super::{PAGES, console};

#[test]
fn nobody_gets_in_without_the_address_that_was_printed() {
    let console = console();
    for path in PAGES {
        let answer = console.get(path).without("Cookie").send();
        assert_eq!(answer.status, 403, "{path}");
        assert!(answer.body.contains("Open the address"), "{}", answer.body);
    }
    let change = console.post("/do", "verb=redrive").without("Cookie").send();
    assert_eq!(change.status, 403);
    for token in [
        "",
        "?token=",
        "?token=wrong",
        &format!("?token={}", "0".repeat(64)),
    ] {
        let answer = console
            .get(&format!("/open{token}"))
            .without("Cookie")
            .send();
        assert_eq!(answer.status, 403, "{token}");
        assert_eq!(answer.header("set-cookie"), None, "{token}");
    }
    let cookie = console
        .cookie
        .replacen(|c: char| c.is_ascii_hexdigit(), "g", 1);
    let answer = console.get("/").with("Cookie", &cookie).send();
    assert_eq!(answer.status, 403);
}

#[test]
fn the_address_is_exchanged_for_a_cookie_that_no_script_and_no_other_site_gets() {
    let console = console();
    let door = console.get(&console.door).without("Cookie").send();
    let cookie = door.header("set-cookie").expect("it sets a cookie");
    for mark in ["; HttpOnly", "; SameSite=Strict", "; Path=/"] {
        assert!(cookie.contains(mark), "{cookie}");
    }
    assert!(
        !cookie.contains(console.token()),
        "the cookie does not hold the token"
    );
    assert_eq!(console.get("/").send().status, 200);
}

#[test]
fn another_name_for_this_machine_is_refused() {
    let console = console();
    let port = console.port;
    for host in [
        "evil.example",
        &format!("evil.example:{port}"),
        "127.0.0.1",
        "127.0.0.1:1",
        &format!("127.0.0.1.evil.example:{port}"),
        &format!("[::1]:{port}"),
        "",
    ] {
        let answer = console.get("/").with("Host", host).send();
        assert_eq!(answer.status, 403, "{host}");
    }
    let localhost = console
        .get("/")
        .with("Host", &format!("localhost:{port}"))
        .send();
    assert_eq!(localhost.status, 200);
}

#[test]
fn another_page_can_neither_read_nor_change_anything() {
    let console = console();
    let origins = [
        "https://evil.example",
        "null",
        "http://127.0.0.1:1",
        "http://localhost",
        &format!("https://127.0.0.1:{}", console.port),
        "",
    ];
    for origin in origins {
        for request in [
            console.get("/"),
            console.get("/live"),
            console.post("/do", "verb=redrive"),
        ] {
            let answer = request.with("Origin", origin).send();
            assert_eq!(answer.status, 403, "{origin}");
        }
    }
    for site in ["cross-site", "same-site", "?"] {
        let answer = console.get("/").with("Sec-Fetch-Site", site).send();
        assert_eq!(answer.status, 403, "{site}");
        let answer = console
            .post("/do", "verb=redrive")
            .with("Sec-Fetch-Site", site)
            .send();
        assert_eq!(answer.status, 403, "{site}");
    }
    let without = console.post("/do", "verb=redrive").without("Origin").send();
    assert_eq!(
        without.status, 403,
        "a browser always says where a form comes from"
    );
    let by_get = console.get("/do?verb=redrive").send();
    assert_eq!(by_get.status, 405, "nothing is changed by a link");
}

#[test]
fn only_this_machine_is_listened_to() {
    let console = console();
    // All of 127/8 is this machine: whoever listens on every address answers there too.
    assert!(http::connects("127.0.0.1", console.port));
    assert!(!http::connects("127.0.0.2", console.port));
}

#[test]
fn every_answer_forbids_what_could_carry_something_out() {
    let console = console();
    let open = console.get(&console.door).without("Cookie");
    let refused = console.get("/").without("Cookie");
    let mut answers = vec![open.send(), refused.send()];
    answers.extend(
        PAGES
            .iter()
            .filter(|path| **path != "/live")
            .map(|path| console.get(path).send()),
    );
    answers.extend(["/style.css", "/script.js", "/icon.svg"].map(|path| console.get(path).send()));
    for answer in answers {
        let policy = answer
            .header("content-security-policy")
            .expect("there is a policy");
        assert!(
            policy.starts_with("default-src 'none'; script-src 'self';"),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert!(policy.contains("frame-ancestors 'none'"), "{policy}");
        assert_eq!(answer.header("cache-control"), Some("no-store"));
        // A form that is sent without one comes from nowhere: a browser says `Origin: null` then.
        assert_eq!(answer.header("referrer-policy"), Some("same-origin"));
        assert_eq!(answer.header("x-content-type-options"), Some("nosniff"));
        assert!(!answer.body.contains("onclick="), "{}", answer.body);
        assert!(!answer.body.contains("style=\""), "{}", answer.body);
    }
}
