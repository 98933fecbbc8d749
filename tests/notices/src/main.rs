//! What each way of listening notices of a working day. `make notices` runs it.

mod client;
mod kind;
mod notebook;
mod options;
mod page;
mod score;
mod table;
mod truth;
mod ways;

use algapsa::day::{Mix, Plan};
use anyhow::Result;
use clap::Parser;
use jiff::{SignedDuration, Timestamp};

use crate::kind::Kind;
use crate::options::Options;
use crate::table::{Row, grouped, share, table};
use crate::truth::Truth;
use crate::ways::polling::Since;
use crate::ways::webhooks::Sent;
use crate::ways::{HOUR, polling, watching, webhooks};

/// A Monday.
const MORNING: &str = "2026-11-02T07:00:00Z";
const WORKING_DAY: SignedDuration = SignedDuration::from_hours(10);
const WATCHED: usize = watching::CALLS;
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);
/// What a webhook may send in a minute: as it comes, and as much as an admin can allow.
const CAPS: [usize; 2] = [100, 1_000];

fn main() -> Result<()> {
    let options = Options::parse();
    let tables = options.mixes().into_iter();
    let tables = tables.map(|mix| measured(&options, mix));
    let tables = tables.collect::<Vec<_>>().join("\n");
    if options.write {
        return page::write(&tables);
    }
    print!("{tables}");
    Ok(())
}

/// The table of one mix, and what has to be known to read it.
fn measured(options: &Options, mix: &'static Mix) -> String {
    let truth = truth(options, mix);
    let mut rows = Vec::new();
    let mut add = |name: String, score| {
        eprintln!("{}: {name}", mix.name);
        rows.push(Row { name, score });
    };
    add(
        "polling `updated_at > lastSeen` every minute".to_owned(),
        polling::poll(&truth, Since::LastSeen),
    );
    add(
        "the same, with an overlap".to_owned(),
        polling::poll(&truth, Since::Overlap(OVERLAP)),
    );
    let (score, watched) = watching::watch_some(&truth, WATCHED);
    let of_those = score.noticed(|change| watched.contains(&change.ticket_id));
    add(
        format!("polling {WATCHED} tickets by their ids every minute"),
        score,
    );
    add(
        "polling all tickets by their ids, one a second".to_owned(),
        watching::watch_all(&truth),
    );
    let sent = CAPS.map(|cap| webhooks::send(&truth, options.seed, cap));
    for (cap, sent) in CAPS.into_iter().zip(&sent) {
        let name = format!("webhooks, {} a minute", grouped(cap));
        add(name, webhooks::hear(&truth, sent));
    }
    add(
        "the same, each event's `data` compared with the last".to_owned(),
        webhooks::compare(&truth, &sent[1]),
    );
    let notes = notes(&truth, of_those, &sent);
    let unmailed = without_mails(options, mix).unwrap_or_default();
    let table = table(&truth, &rows);
    format!("### {}\n\n{table}\n{notes}{unmailed}\n", mix.name)
}

/// What the loop notices if AlgaPSA mails nobody: a mail moves `updated_at`, and so shows what was changed before it.
fn without_mails(options: &Options, mix: &Mix) -> Option<String> {
    mix.mailed_in?;
    eprintln!("{}: without mails", mix.name);
    let unmailed = Mix {
        mailed_in: None,
        ..*mix
    };
    let truth = truth(options, Box::leak(Box::new(unmailed)));
    let score = polling::poll(&truth, Since::LastSeen);
    Some(format!(
        " If AlgaPSA mailed nobody, the loop over `updated_at` would notice {} of such a day, and {} of what people change.",
        share(score.noticed(|_| true)),
        share(score.noticed(|change| change.kind == Kind::People)),
    ))
}

fn truth(options: &Options, mix: &'static Mix) -> Truth {
    let from: Timestamp = MORNING.parse().expect("it is a time");
    let plan = Plan {
        seed: options.seed,
        tickets: options.tickets,
        changes: options.changes,
        from,
        within: WORKING_DAY,
        mix,
    };
    Truth::of(plan.day(), from)
}

fn notes(truth: &Truth, of_those: (usize, usize), sent: &[Sent; 2]) -> String {
    let saves = truth.saves.iter();
    let changing: Vec<_> = saves.filter(|save| !save.differences.is_empty()).collect();
    let told = changing.iter().filter(|save| !save.announced.is_empty());
    let told_twice = changing.iter().filter(|save| save.announced.len() > 1);
    let (overwritten, back) = truth.overwritten_within(HOUR);
    format!(
        "{} saves changed a compared field; {} of them were announced, {} by two events. {} changes were overwritten within an \
        hour, {} of them by what had been there before. Of {} events AlgaPSA's cap of 100 a minute lost {}, that of 1,000 lost \
        {}. Who read {WATCHED} tickets noticed {} of their {} changes.",
        grouped(changing.len()),
        grouped(told.count()),
        grouped(told_twice.count()),
        grouped(overwritten),
        grouped(back),
        grouped(truth.announced().count()),
        grouped(sent[0].lost),
        grouped(sent[1].lost),
        share(of_those),
        grouped(of_those.1),
    )
}
