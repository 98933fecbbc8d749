//! `alga-webhooks completions`.

use crate::command::alone;

#[test]
fn each_shell_gets_a_script_that_knows_the_commands() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = alone(&["completions", shell]).run().with_code(0);
        for word in ["redrive", "older-than"] {
            assert!(ran.out.contains(word), "{shell} without {word}");
        }
    }
    alone(&["completions", "cmd"]).run().with_code(2);
}
