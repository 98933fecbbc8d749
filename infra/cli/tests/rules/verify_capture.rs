//! Captured requests.

use alga_webhooks::commands::verify::capture::Capture;

const ID: &str = "0b0e3f54-7a4c-4d5e-8f60-718293a4b5c6";

#[test]
fn a_request_is_read_however_its_lines_end() {
    let text = format!(
        "POST / HTTP/1.1\nHost: a.example:80\nX-ALGA-signature:  t=1,v1=a \nx-alga-webhook-id: {ID}\nDate: Mon, 24 Aug 2026 15:04:05 GMT\n\n{{\"a\":\n\n1}}"
    );
    for text in [text.clone(), text.replacen('\n', "\r\n", 6)] {
        let capture = Capture::parse(text.as_bytes()).unwrap();
        assert_eq!(capture.signature.as_deref(), Some("t=1,v1=a"));
        assert_eq!(capture.webhook_id, ID.parse().ok());
        assert_eq!(capture.date, "2026-08-24T15:04:05Z".parse().ok());
        assert_eq!(capture.body, b"{\"a\":\n\n1}");
        assert_eq!(capture.notes, [""; 0]);
    }
}

#[test]
fn a_request_is_read_as_curl_shows_it() {
    let text = "* Connected\n> POST / HTTP/1.1\n> X-Alga-Signature: t=1,v1=a\n> \n{}";
    let capture = Capture::parse(text.as_bytes()).unwrap();
    assert_eq!(capture.signature.as_deref(), Some("t=1,v1=a"));
    assert_eq!(capture.body, b"{}");
}

#[test]
fn a_header_that_comes_twice_is_joined_as_aws_joins_it() {
    let capture = Capture::parse(b"X-Alga-Signature: 99\nX-Alga-Signature: t=1\n\n").unwrap();
    assert_eq!(capture.signature.as_deref(), Some("99,t=1"));
}

#[test]
fn what_is_odd_about_a_capture_is_noted() {
    for (head, body, kept, note) in [
        ("Content-Length: 2", "{}\r\n", "{}", ""),
        ("Content-Length: 3", "{}", "{}", "2 of 3 bytes"),
        ("Content-Length: 1", "{}", "{}", "says 1"),
        (
            "Transfer-Encoding: chunked",
            "2\r\n{}",
            "2\r\n{}",
            "decode the body",
        ),
        ("Content-Encoding: gzip", "?", "?", "decode the body"),
    ] {
        let capture = Capture::parse(format!("{head}\n\n{body}").as_bytes()).unwrap();
        assert_eq!(capture.body, kept.as_bytes());
        assert!(capture.notes.concat().contains(note), "{:?}", capture.notes);
        assert_eq!(capture.notes.is_empty(), note.is_empty());
    }
    assert!(Capture::parse(b"{}").is_err());
}
