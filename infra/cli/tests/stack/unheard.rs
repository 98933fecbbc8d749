//! Whoever reads the output may stop reading, as `head` does.

use crate::command::alone;

#[test]
fn an_output_that_nobody_reads_ends_the_tool_in_silence() {
    for kind in [&[][..], &["--json"]] {
        let verify = ["verify", "--body", "Cargo.toml", "--secret-file", "-"];
        let signature = ["--signature", "t=1,v1=00"];
        let (code, err) = alone(&[kind, &verify, &signature].concat())
            .input("a secret")
            .unheard();
        assert_eq!((code, err.as_str()), (Some(141), ""), "{kind:?}");
    }
}
