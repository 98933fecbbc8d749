//! `alga-webhooks redrive`.

pub mod letters;
pub mod look;
pub mod moves;

use anyhow::Result;
use clap::Args;
use jiff::Timestamp;
use shared::event::{EventKey, StreamId};
use shared::inbox::{Find, Record};

use self::letters::{Letter, Letters};
use self::look::{Look, Report};
use self::moves::{Moved, Moves};
use super::waiting;
use crate::context::{Context, Outcome, Stack};
use crate::events;
use crate::events::name::Name;
use crate::output::{self, hint};

/// Bring parked events back: all of them, or those you name. Without arguments, only show them.
///
/// What it shows is the dead-letter queue, and what the inbox says about each letter's event. The letters are hidden from
/// everybody else while it looks; if it is killed, they stay hidden for five minutes.
#[derive(Debug, Args)]
#[command(after_long_help = include_str!("redrive.txt").trim_end())]
pub struct Redrive {
    /// What to bring back: streams TENANT/ticket/ID, or ids of tickets, projects, tasks or events.
    #[arg(value_name = "STREAM|ID")]
    names: Vec<Name>,
    /// Bring everything back, and send back even messages that are not doorbells.
    #[arg(long, conflicts_with = "names")]
    all: bool,
    /// Only show what would be brought back.
    #[arg(long)]
    dry_run: bool,
}

/// What was done, and how to see what becomes of it.
fn told(done: &Moved) -> Result<()> {
    output::line(done.told())?;
    if done.is_empty() {
        return Ok(());
    }
    output::line(hint(
        "To see what becomes of them, run: alga-webhooks waiting, and alga-webhooks parked",
    ))
}

/// How many letters are received before they are moved: a receipt expires after five minutes.
const AT_A_TIME: usize = 1_000;

impl Redrive {
    pub async fn run(self, context: &Context) -> Result<Outcome> {
        let stack = context.stack().await?;
        if self.dry_run || (self.names.is_empty() && !self.all) {
            let report = self.look(&stack).await?;
            output::either(context.json, &report, || report.print())?;
            if report.events.is_empty() && !context.json {
                self.say_what_waits(&stack).await?;
            }
            return Ok(Outcome::Good);
        }
        let mut done = Moved::default();
        let moved = self.bring_back(&stack, &mut done).await;
        let unknown = done.unknown.len();
        if context.json || unknown == 0 || !done.is_empty() {
            output::either(context.json, &done, || told(&done))?;
        }
        for name in &done.unknown {
            let hint = name.hint();
            output::note(format_args!("Nothing is parked for {name}.{hint}"));
        }
        if moved.is_ok() && done.is_empty() && !context.json {
            self.say_what_waits(&stack).await?;
        }
        moved.map(|()| Outcome::good_if(unknown == 0))
    }

    /// Brings back what these names mean, or everything if there are none.
    pub fn of(names: Vec<Name>) -> Self {
        Self {
            all: names.is_empty(),
            names,
            dry_run: false,
        }
    }

    /// What would be brought back. Changes nothing.
    pub async fn look(&self, stack: &Stack) -> Result<Report> {
        let letters = Letters::new(stack);
        let parked = self.parked(stack).await?;
        let (wanted, others) = self.choose(letters.receive(usize::MAX).await?);
        let look = Look {
            parked,
            letters: wanted,
        };
        let report = look.report(&stack.inbox, &letters, others.len()).await;
        letters.show_again(&look.letters).await;
        letters.show_again(&others).await;
        report
    }

    async fn parked(&self, stack: &Stack) -> Result<Vec<Record>> {
        let wanted = |record: &Record| self.means(&record.stream, &record.event);
        events::search(&stack.inbox, Find::Parked, wanted).await
    }

    /// What waits needs no redrive; people who know that the cause is fixed want to know when it is tried again.
    async fn say_what_waits(&self, stack: &Stack) -> Result<()> {
        let mut waiting = waiting::all(&stack.inbox).await?;
        waiting.retain(|one| self.means(&one.place.stream, &one.place.event()));
        match (waiting.is_empty(), self.names.is_empty()) {
            (true, true) => output::line("Nothing waits for a reaction either."),
            (true, false) => Ok(()),
            (false, _) => waiting::tell(stack, waiting).await,
        }
    }

    /// Brings back what is meant. `done` says how far that got, even if it fails.
    pub async fn bring_back(&self, stack: &Stack, done: &mut Moved) -> Result<()> {
        let letters = &Letters::new(stack);
        let parked = self.parked(stack).await?;
        let received = letters.receive(AT_A_TIME).await?;
        let is_all = received.len() < AT_A_TIME;
        let (wanted, mut others) = self.choose(received);
        let look = Look {
            parked,
            letters: wanted,
        };
        done.unknown = self.unknown(&look);
        // Which parked events have no letter is known only after all letters have been seen.
        let (parked, moves) = if is_all {
            (Vec::new(), Moves::of(look))
        } else {
            (look.parked, Moves::in_order(look.letters, Vec::new()))
        };
        let mut outcome = self.rounds(moves, stack, letters, done, &mut others).await;
        if outcome.is_ok() {
            outcome = Moves::of_rings(&parked, done)
                .make(stack, letters, done)
                .await;
        }
        letters.show_again(&others).await;
        done.left = others.len();
        outcome
    }

    /// Round by round: SQS hands out no letter that is behind ten others of its group until those are deleted. Nothing is
    /// moved twice, or an event that is parked again at once would go round for ever.
    async fn rounds(
        &self,
        mut moves: Moves,
        stack: &Stack,
        letters: &Letters,
        done: &mut Moved,
        others: &mut Vec<Letter>,
    ) -> Result<()> {
        let started_at = Timestamp::now();
        loop {
            moves.make(stack, letters, done).await?;
            let (wanted, more) = self.choose(letters.receive(AT_A_TIME).await?);
            let is_new = |letter: &Letter| letter.was_sent_by(started_at) && !done.has(letter);
            let (new, old): (_, Vec<_>) = wanted.into_iter().partition(is_new);
            // Those that were left show again after five minutes, and must not be counted twice.
            let known = others.len();
            for letter in more.into_iter().chain(old) {
                others.retain(|other| other.message_id != letter.message_id);
                others.push(letter);
            }
            moves = Moves::in_order(new, Vec::new());
            if moves.is_empty() && others.len() == known {
                return Ok(());
            }
        }
    }

    /// The names that fit nothing that was seen.
    fn unknown(&self, look: &Look) -> Vec<Name> {
        let places: Vec<_> = look.places().collect();
        let means = |name: &&Name| {
            let mut places = places.iter();
            !places.any(|place| name.means(&place.stream, &place.event()))
        };
        self.names.iter().filter(means).cloned().collect()
    }

    /// The letters that are meant, and the others. A message that is not a doorbell has no name.
    fn choose(&self, letters: Vec<Letter>) -> (Vec<Letter>, Vec<Letter>) {
        letters
            .into_iter()
            .partition(|letter| match letter.place() {
                Some(place) => self.means(&place.stream, &place.event()),
                None => self.names.is_empty(),
            })
    }

    /// Without a name, everything is meant.
    fn means(&self, stream: &StreamId, event: &EventKey) -> bool {
        self.names.is_empty() || self.names.iter().any(|name| name.means(stream, event))
    }
}
