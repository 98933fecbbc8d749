//! That what looks at pages sees what it should, on pages made for that.

use algapsa::loopback::server;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;

use crate::accessible::Told;
use crate::browser::{Browser, browse};
use crate::control::{ENTER, SHIFT, TAB};

/// A page as it should be, that does something.
const GOOD: &str = r#"<!doctype html><html lang="en"><head><title>Good</title><meta name="viewport" content="width=device-width">
    <style>:root { color-scheme: light dark }</style></head><body><main>
    <h1>Greetings</h1>
    <p><label>Name <input></label> <button>Greet</button> <a href="/next">Go on</a></p><p id="said"></p></main>
    <script>
        document.querySelector('button').onclick = () => said.textContent = `Hello, ${document.querySelector('input').value}!`
    </script></body></html>"#;

/// A page without anything of that.
const BAD: &str = r#"<h1>Bad</h1><h1>Worse</h1><button></button><input><img src="data:,">
    <p style="color: #bbb; background: #fff">faint</p><p style="color: #555; background: #fff">readable</p>
    <style>::placeholder { color: #bbb }</style><input aria-label="Key" placeholder="key" style="background: #fff">
    <pre style="width: 2000px">wide</pre>"#;

/// A page that fails, asks elsewhere, and does what its own policy forbids.
const WRONG: &str = r"<title>Wrong</title><body><script>
        fetch('http://elsewhere.test/').catch(() => {});
        setTimeout(() => nothing.here, 0);
        document.body.append(Object.assign(document.createElement('p'), { textContent: 'done' }));
    </script><img src=/picture>";

type Page = (&'static str, &'static str);

/// Serves the pages on a free port, by their paths.
fn serve(pages: &'static [Page]) -> String {
    server::start(move |request, _| async move { Ok::<_, hyper::Error>(answer(pages, &request)) })
}

fn answer(pages: &[Page], request: &Request<Incoming>) -> Response<Full<Bytes>> {
    let page = pages.iter().find(|(path, _)| *path == request.uri().path());
    let page = page.map(|(_, page)| *page).unwrap_or_default();
    let policy = "img-src data:";
    let answer = Response::builder().header("content-type", "text/html; charset=utf-8");
    let answer = answer.header("content-security-policy", policy);
    answer.body(page.into()).expect("an answer")
}

#[test]
fn a_page_is_used_by_mouse_and_keyboard() {
    let base = serve(&[("/", GOOD), ("/next", "<p>The end")]);
    browse(&base, |browser| {
        browser.go("/");
        browser.fill("textbox", "Name", "Ada");
        browser.click("button", "Greet");
        browser.shows("Hello, Ada!");
        browser.press(&[TAB]);
        assert_eq!(browser.focused(), ("link".into(), "Go on".into()));
        browser.press(&[SHIFT, TAB]);
        assert_eq!(browser.focused(), ("button".into(), "Greet".into()));
        browser.is_for_everybody();
        browser.press(&[TAB]);
        browser.press(&[ENTER]);
        browser.shows("The end");
        assert_eq!(browser.path(), "/next");
    });
}

#[test]
fn what_is_wrong_with_a_page_is_seen() {
    let base = serve(&[("/", BAD)]);
    browse(&base, |browser| {
        browser.go("/");
        let roles: Vec<_> = browser
            .nameless()
            .into_iter()
            .map(|Told { role, .. }| role)
            .collect();
        assert_eq!(roles, ["button", "textbox", "image"]);
        let missing = [
            "a title",
            "its language",
            "one main part",
            "one first heading",
            "the width of phones",
        ];
        assert_eq!(browser.unframed(), missing);
        let faint = browser.faint();
        let seen = [
            "dark: 1.92: <p",
            "dark: 1.92: <input",
            "light: 1.92: <p",
            "light: 1.92: <input",
        ];
        let is_seen = |(faint, seen): (&String, &str)| faint.starts_with(seen);
        assert!(faint.iter().zip(seen).all(is_seen), "{faint:?}");
        assert_eq!(faint.len(), seen.len(), "{faint:?}");
        let out = browser.sticking_out();
        assert!(
            out.last().is_some_and(|last| last.contains("2000px")),
            "{out:?}"
        );
    });
}

#[test]
fn what_a_page_does_wrong_is_seen() {
    let base = serve(&[("/", WRONG)]);
    browse(&base, |browser| {
        browser.go("/");
        browser.shows("done");
        let mut wrong = Vec::new();
        browser.wait_until("everything has gone wrong", || {
            let seen = browser.seen();
            let elsewhere = seen.elsewhere(&base).into_iter().map(str::to_owned);
            wrong.extend(elsewhere.chain(seen.wrong.iter().cloned()));
            let has = |text: &str| wrong.iter().any(|line| line.contains(text));
            [
                "http://elsewhere.test/",
                "nothing is not defined",
                "img-src data:",
            ]
            .into_iter()
            .all(has)
        });
    });
}

#[test]
fn a_picture_of_a_page_is_a_png() {
    let base = serve(&[("/", GOOD)]);
    browse(&base, |browser: &Browser| {
        browser.go("/");
        let file = browser.save("harness");
        let picture = std::fs::read(&file).expect("it is saved");
        assert!(picture.starts_with(b"\x89PNG"), "{}", file.display());
    });
}
