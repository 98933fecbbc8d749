//! `alga-webhooks completions`.

use crate::command::alone;

#[test]
fn each_shell_gets_a_script_that_knows_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = alone(&format!("completions {shell}")).ends(0);
        ran.shows("redrive … older-than");
    }
    alone("completions cmd").ends(2);
}
