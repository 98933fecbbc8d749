//! How each fenced block of each page is checked. A block without a row, and a row without a block, fails.

use super::page::{Block, pages, read};

enum By {
    /// A test: its file and its name.
    Test(&'static str, &'static str),
    /// Nothing could be run: what it shows.
    Shown(&'static str),
}
use By::{Shown, Test};

const RUN: &str = "infra/cli/tests/stack/docs/run.rs";
const SETTINGS: &str = "infra/cli/tests/stack/docs/settings.rs";
const ANY: &str = "*";

/// Page, section, language.
#[rustfmt::skip]
const COVERED: &[(&str, &str, &str, By)] = &[
    ("README.md", ANY, "sh", Test(RUN, "the_readmes_commands_work")),
    ("README.md", ANY, "", Shown("a picture")),
    ("functions/reactor/README.md", ANY, ANY, Test("tests/pipeline/handlers.rs", "the_page_has_no_block_that_no_test_knows")),
    ("functions/reactor/SQS.md", ANY, ANY, Test("tests/pipeline/sqs.rs", "the_page_of_the_queue_has_no_block_that_no_test_knows")),
    ("functions/reconciler/README.md", ANY, "", Shown("a picture")),
    ("functions/reconciler/README.md", "What you get", "json", Shown("an event, shortened")),
    ("shared/README.md", ANY, "", Shown("a picture")),
    ("infra/README.md", ANY, "sh", Test(RUN, "the_commands_of_infra_work")),
    ("infra/WATCHING.md", ANY, "sh", Test(RUN, "the_commands_of_infra_work")),
    ("infra/README.md", ANY, "toml", Test(SETTINGS, "what_sam_is_told_can_be_read")),
    ("infra/README.md", "AWS rights", "json", Test(SETTINGS, "the_deploying_policy_covers_all_that_the_template_makes")),
    ("infra/README.md", "Several webhooks or tenants", "json", Test(SETTINGS, "the_secret_of_several_webhooks_is_taken")),
    ("infra/RUNBOOK.md", ANY, "sh", Test(RUN, "the_runbooks_commands_work")),
    ("infra/RUNBOOK.md", ANY, "", Shown("queries for Logs Insights, which the local AWS has not")),
    ("infra/PACKAGE.md", ANY, "sh", Test(RUN, "the_commands_for_a_package_work")),
    (".github/CONTRIBUTING.md", ANY, "sh", Test(RUN, "the_commands_for_contributing_exist")),
    ("infra/MOVING.md", ANY, "sh", Test(RUN, "the_commands_for_moving_over_work")),
    ("infra/cli/README.md", ANY, "sh", Test(RUN, "the_tools_own_page_works")),
    ("infra/cli/README.md", "Send, and check signatures", "", Shown("a captured request")),
    ("tests/README.md", ANY, "sh", Test(RUN, "the_commands_of_the_tests_exist")),
];

impl By {
    fn is_there(&self) -> bool {
        match self {
            Test(file, name) => read(file).contains(&format!("fn {name}(")),
            Shown(what) => !what.is_empty(),
        }
    }
}

fn covers(row: &(&str, &str, &str, By), page: &str, block: &Block) -> bool {
    let of_section = row.1 == ANY || row.1 == block.section;
    row.0 == page && of_section && (row.2 == ANY || row.2 == block.language)
}

#[test]
fn every_block_of_every_page_is_run_or_checked_by_a_test() {
    let mut used = vec![false; COVERED.len()];
    let mut missed = Vec::new();
    for page in pages() {
        for block in page.blocks() {
            let rows = (0..COVERED.len()).filter(|&row| covers(&COVERED[row], &page.path, &block));
            let rows: Vec<_> = rows.collect();
            for &row in &rows {
                used[row] = true;
            }
            if rows.is_empty() {
                let Block {
                    section,
                    language,
                    line,
                    ..
                } = block;
                missed.push(format!("{}:{line} ({section:?}, {language:?})", page.path));
            }
        }
    }
    assert!(
        missed.is_empty(),
        "nobody checks {}: give it a row",
        missed.join(", ")
    );
    for (row, used) in COVERED.iter().zip(used) {
        assert!(
            used,
            "there is no block for ({:?}, {:?}, {:?})",
            row.0, row.1, row.2
        );
        assert!(
            row.3.is_there(),
            "the test is gone for ({:?}, {:?}, {:?})",
            row.0,
            row.1,
            row.2
        );
    }
}
