//! What the tool says without a stack, or when it cannot reach one.

use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::sync::mpsc::{Receiver, channel};
use std::thread;

use support::SOON;

use crate::command::{Cli, alone};

#[test]
fn each_shell_gets_a_script_that_knows_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = alone(&format!("completions {shell}")).ends(0);
        ran.shows("redrive … older-than");
    }
    alone("completions cmd").ends(2);
}

#[test]
fn an_output_that_nobody_reads_ends_the_tool_in_silence() {
    let verify = "verify --body Cargo.toml --secret-file - --signature t=1,v1=00";
    for kind in ["", "--json"] {
        let ran = alone(&format!("{kind} {verify}")).input("a secret");
        let ran = ran.unheard();
        assert_eq!((ran.code, &*ran.err), (141, ""), "{kind:?}");
    }
}

/// With the variables of a local AWS that has ended.
fn without_a_local_aws(words: &str) -> Cli {
    let gone = "http://127.0.0.1:9/";
    alone(words)
        .env("AWS_ENDPOINT_URL", gone)
        .env("WEBHOOK_URL", gone)
        .env("QUEUE_URL", gone)
        .env("DEAD_LETTER_QUEUE_URL", gone)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("INBOX_TABLE", "gone")
        .env("BODIES_BUCKET", "gone")
        .env("SECRET_ID", "gone")
}

#[test]
fn a_local_aws_that_has_ended_is_named_as_the_cause() {
    for words in ["waiting", "parked", "redrive", "send", "--stack x parked"] {
        let ran = without_a_local_aws(words).ends(1);
        let asks = "nothing answers at http://127.0.0.1:9/: is `make local` still running?\n";
        assert!(ran.err.starts_with("error: failed to "), "{}", ran.err);
        assert!(ran.err.ends_with(asks), "{}", ran.err);
        assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
    }
}

#[test]
fn aws_is_reached_through_the_proxy_of_the_environment() {
    let (proxy, asked) = proxy_that_refuses();
    let ran = alone("--stack x parked")
        .without("AWS_ENDPOINT_URL")
        .without("NO_PROXY")
        .without("no_proxy")
        .without("https_proxy")
        .without("ALL_PROXY")
        .without("all_proxy")
        .env("HTTPS_PROXY", &proxy)
        .env("AWS_REGION", "us-east-1")
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .ends(1);
    let asked = asked.recv_timeout(SOON).expect("the proxy is asked");
    assert_eq!(
        asked, "CONNECT cloudformation.us-east-1.amazonaws.com:443 HTTP/1.1",
        "{}",
        ran.err
    );
}

/// Its URL, and the first lines of what it is asked. It opens nothing.
fn proxy_that_refuses() -> (String, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let url = format!("http://{}", listener.local_addr().expect("it listens"));
    let (tell, told) = channel();
    thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a connection");
            let mut line = String::new();
            let read = BufReader::new(&stream).read_line(&mut line);
            let _ = read.map(|_| tell.send(line.trim_end().to_owned()));
            let _ = stream.write_all(b"HTTP/1.1 502 Bad Gateway\r\ncontent-length: 0\r\n\r\n");
        }
    });
    (url, told)
}

#[test]
fn a_profile_without_credentials_is_named() {
    let ran = alone("--profile nope parked")
        .without("AWS_ACCESS_KEY_ID")
        .without("AWS_SECRET_ACCESS_KEY")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_CONFIG_FILE", "/nowhere")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .ends(1);
    ran.warns("the profile nope gives no AWS credentials");
    assert_eq!(ran.err.lines().count(), 1, "{}", ran.err);
}

#[test]
fn a_profile_or_region_without_a_named_stack_is_refused() {
    for option in ["--profile", "--region"] {
        let ran = without_a_local_aws(&format!("{option} x parked")).ends(1);
        ran.warns("need --stack");
    }
}
