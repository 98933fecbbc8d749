//! One day of one mix, heard in every way.

use algapsa::day::{Mix, Plan};
use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use crate::kind::Kind;
use crate::options::Options;
use crate::score::Score;
use crate::table::{Row, grouped, share, table};
use crate::truth::{Change, Truth};
use crate::ways::polling::Since;
use crate::ways::webhooks::{Ear, Sent};
use crate::ways::{HOUR, hourly, polling, reconciled, watching, webhooks};

/// A Monday.
const MORNING: &str = "2026-11-02T07:00:00Z";
const WORKING_DAY: SignedDuration = SignedDuration::from_hours(10);
const WATCHED: usize = watching::CALLS;
const OVERLAP: SignedDuration = SignedDuration::from_mins(10);
/// What a webhook may send in a minute: as it comes, and as much as an admin can allow.
const CAPS: [usize; 2] = [100, 1_000];
/// The longest that the reconciler takes for what stands: two scans, as they take turns in what they see, and the grace.
const TOLD_WITHIN: SignedDuration = SignedDuration::from_hours(5);

/// The rows and the remarks of a table.
struct Measured<'a> {
    mix: &'static Mix,
    truth: &'a Truth,
    rows: Vec<Row<'a>>,
    remarks: Vec<String>,
    lists_missed: bool,
}

/// The table of one mix, and what has to be known to read it.
pub fn measured(options: &Options, mix: &'static Mix) -> Result<String> {
    let truth = &truth(options, mix);
    let mut measured = Measured {
        mix,
        truth,
        rows: Vec::new(),
        remarks: vec![saves(truth)],
        lists_missed: options.missed,
    };
    measured.polls();
    let sent = CAPS.map(|cap| webhooks::send(truth, options.seed, cap));
    measured.hears(&sent);
    if reconciled::is_possible() {
        measured.reconciles(&sent[1])?;
    }
    measured.remarks.extend(without_mails(options, mix));
    let table = table(truth, &measured.rows);
    let remarks = measured.remarks.join("\n- ");
    Ok(format!("### {}\n\n{table}\n- {remarks}\n", mix.name))
}

impl<'a> Measured<'a> {
    fn add(&mut self, name: impl Into<String>, score: Score<'a>) {
        let name = name.into();
        eprintln!("{}: {name}", self.mix.name);
        self.rows.push(Row { name, score });
    }

    fn polls(&mut self) {
        let truth = self.truth;
        self.add(
            "polling `updated_at > lastSeen` every minute",
            polling::poll(truth, Since::LastSeen),
        );
        self.add(
            "the same, with an overlap of ten minutes",
            polling::poll(truth, Since::Overlap(OVERLAP)),
        );
        let (score, watched) = watching::watch_some(truth, WATCHED);
        let (noticed, all) = score.noticed(|change| watched.contains(&change.ticket_id));
        self.remarks.push(format!(
            "Who polls {WATCHED} tickets by their ids notices {} of the {} changes of these.",
            share((noticed, all)),
            grouped(all)
        ));
        self.add(
            format!("polling {WATCHED} tickets by their ids every minute"),
            score,
        );
        self.add(
            "polling all tickets by their ids, one a second",
            watching::watch_all(truth),
        );
    }

    fn hears(&mut self, sent: &[Sent; 2]) {
        let truth = self.truth;
        for (cap, sent) in CAPS.into_iter().zip(sent) {
            let score = webhooks::hear(truth, sent, Ear::default());
            self.add(format!("webhooks, {} a minute", grouped(cap)), score);
        }
        self.add(
            "the same, comparing each event's `data`",
            webhooks::hear(truth, &sent[1], Ear::that_compares(truth)),
        );
        self.remarks.push(format!(
            "Of {} events AlgaPSA's cap of 100 a minute lost {}, and that of 1,000 lost {}.",
            grouped(truth.announced().count()),
            grouped(sent[0].lost),
            grouped(sent[1].lost)
        ));
    }

    fn reconciles(&mut self, sent: &Sent) -> Result<()> {
        let truth = self.truth;
        let (announcements, calls) = reconciled::reconcile(truth, sent)?;
        let hear = |ear| hourly::hear(truth, sent, &announcements, ear);
        let mut score = hear(Ear::default());
        score.calls = calls;
        let [passing, standing] = score.missed(TOLD_WITHIN);
        let comparing = hear(Ear::that_compares(truth));
        let [_, untold] = comparing.missed(TOLD_WITHIN);
        let desk = truth.day.desk();
        let was_closed = |change: &&&Change| {
            let ticket = desk.ticket(change.ticket_id);
            ticket.is_some_and(|ticket| !desk.is_open(ticket))
        };
        let closed = untold.iter().filter(was_closed).count();
        if self.lists_missed {
            for change in &untold {
                eprintln!("missed: {change:?}");
            }
        }
        self.remarks.push(format!(
            "With the reconciler {} changes are missed: {} stood for less than five hours, {} were told by the `data` of some later \
            event, {} were of tickets that had been closed before the day began, and {} of others.",
            grouped(passing.len() + standing.len()),
            grouped(passing.len()),
            grouped(standing.len() - untold.len()),
            grouped(closed),
            grouped(untold.len() - closed),
        ));
        self.add(
            "**webhooks, 1,000 a minute, and the reconciler every hour**",
            score,
        );
        Ok(())
    }
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

fn saves(truth: &Truth) -> String {
    let saves = truth.saves.iter();
    let changing: Vec<_> = saves.filter(|save| !save.differences.is_empty()).collect();
    let told = changing.iter().filter(|save| !save.announced.is_empty());
    let told_twice = changing.iter().filter(|save| save.announced.len() > 1);
    let (overwritten, back) = truth.overwritten_within(HOUR);
    format!(
        "{} saves changed a compared field. {} of them were announced, {} of these by two events. {} changes were overwritten \
        within an hour, {} of them by what had been there before.",
        grouped(changing.len()),
        grouped(told.count()),
        grouped(told_twice.count()),
        grouped(overwritten),
        grouped(back),
    )
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
        "On a day of the same mix on which AlgaPSA mails nobody, the loop over `updated_at` notices {} of all changes, and {} of \
        what people change.",
        share(score.noticed(|_| true)),
        share(score.noticed(|change| change.kind == Kind::People)),
    ))
}
