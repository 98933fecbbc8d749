//! Whoever reads the output may stop reading, as `head` does.

use crate::command::alone;

#[test]
fn an_output_that_nobody_reads_ends_the_tool_in_silence() {
    let verify = "verify --body Cargo.toml --secret-file - --signature t=1,v1=00";
    for kind in ["", "--json"] {
        let ran = alone(&format!("{kind} {verify}")).input("a secret");
        let ran = ran.unheard();
        assert_eq!((ran.code, &*ran.err), (141, ""), "{kind:?}");
    }
}
