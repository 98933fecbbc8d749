//! What an operator can do: each action is looked at first, then confirmed, and then its page shows how it goes.

use anyhow::{Context, Result, bail};
use axum::extract::{Form, Query, State};
use axum::response::Redirect;
use maud::{Markup, html};
use serde::{Deserialize, Serialize};
use shared::event::{EventKey, StreamId};
use shared::inbox::Quarantined;

use super::jobs::State as JobState;
use super::page::{self, Tab, Trouble};
use super::server::Console;
use super::sheet;
use crate::commands::quarantine::pick::{all, pick};
use crate::commands::quarantine::{self, release};
use crate::commands::redrive::moves::Moved;
use crate::commands::redrive::{Redrive, look as redriving};
use crate::commands::replay::plan::{self, Plan};
use crate::commands::replay::{self, run};
use crate::context::Stack;
use crate::events;
use crate::events::name::Name;
use crate::output::count;

/// What to do, and with what.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Action {
    verb: Verb,
    /// A stream, or the hash of a body in quarantine. Without it, everything is meant where that makes sense.
    #[serde(default)]
    name: String,
    /// The key of one event of the stream; all of them if it is empty.
    #[serde(default)]
    event: String,
}

#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verb {
    Redrive,
    Replay,
    Release,
    Discard,
}

/// What an action would do.
struct Look {
    content: Markup,
    /// What the button says; nothing if there is nothing to do.
    button: Option<String>,
}

#[derive(Deserialize)]
pub struct Numbered {
    number: u64,
}

pub async fn look(
    State(console): State<Console>,
    Query(action): Query<Action>,
) -> Result<Markup, Trouble> {
    let (stack, looked_at) = (console.stack.clone(), action.clone());
    // To its end, even if the page is left meanwhile: dead letters are hidden until it has shown them again.
    let look = tokio::spawn(async move { looked_at.look(&stack).await }).await??;
    let content = html! {
        (look.content)
        @if let Some(button) = &look.button {
            p.quiet { "What has come since this page was made is included." }
            form.confirm method="post" action="/do" {
                input type="hidden" name="verb" value=(action.verb.word());
                input type="hidden" name="name" value=(action.name);
                input type="hidden" name="event" value=(action.event);
                button.danger[action.verb == Verb::Discard] { (button) } " "
                a href=(action.back()) { "No, go back" }
            }
        } @else {
            p { a href=(action.back()) { "Go back" } }
        }
    };
    Ok(page::whole(
        &console.name,
        action.verb.tab(),
        action.verb.title(),
        &content,
    ))
}

pub async fn start(State(console): State<Console>, Form(action): Form<Action>) -> Redirect {
    let (title, tab) = (action.verb.title(), action.verb.tab());
    let stack = console.stack.clone();
    let work = || async move { action.run(&stack).await };
    let number = console.jobs.start(title, tab, work);
    Redirect::to(&format!("/job?number={number}"))
}

pub async fn job(
    State(console): State<Console>,
    Query(Numbered { number }): Query<Numbered>,
) -> Result<Markup, Trouble> {
    let job = console
        .jobs
        .get(number)
        .context("there is no such work any more: the console was started again since")?;
    let content = match &job.state {
        JobState::Running => html! {
            p #running data-again="500" role="status" { (job.watch.told().unwrap_or_else(|| "Starting …".to_owned())) }
            p.quiet { "It goes on even if you leave this page, but ends with the console." }
        },
        JobState::Done(done) => html! {
            div #done role="status" { (done) }
            p { "See what becomes of it: " a href="/" { "Live" } ", " a href="/waiting" { "Waiting" } ", " a href="/parked" { "Parked" } }
        },
        JobState::Failed(why) => html! { p #failed.error role="alert" { (why) } },
    };
    Ok(page::whole(&console.name, job.tab, &job.title, &content))
}

impl Verb {
    fn word(self) -> &'static str {
        match self {
            Self::Redrive => "redrive",
            Self::Replay => "replay",
            Self::Release => "release",
            Self::Discard => "discard",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Redrive => "Bring back",
            Self::Replay => "Replay",
            Self::Release => "Release from quarantine",
            Self::Discard => "Discard from quarantine",
        }
    }

    fn tab(self) -> Tab {
        match self {
            Self::Redrive => Tab::Parked,
            Self::Replay => Tab::Ticket,
            Self::Release | Self::Discard => Tab::Quarantine,
        }
    }
}

impl Action {
    async fn look(&self, stack: &Stack) -> Result<Look> {
        match self.verb {
            Verb::Redrive => self.look_at_parked(stack).await,
            Verb::Replay => self.look_at_settled(stack).await,
            Verb::Release => self.look_at_release(stack).await,
            Verb::Discard => self.look_at_discard(stack).await,
        }
    }

    async fn run(&self, stack: &Stack) -> Result<Markup> {
        match self.verb {
            Verb::Redrive => self.redrive(stack).await,
            Verb::Replay => {
                let plan = self.plan(stack).await?;
                Ok(lines(&run::run(stack, plan, replay::now()).await?.told()))
            }
            Verb::Release => {
                let released = release::each(stack, &self.bodies(stack).await?, false).await;
                Ok(html! { (released_table(&released)) (lines(&release::told(&released))) })
            }
            Verb::Discard => {
                let bodies = self.bodies(stack).await?;
                quarantine::discard(&stack.inbox, &bodies).await?;
                Ok(lines(&format!("Discarded {}.", bodies.len())))
            }
        }
    }

    fn back(&self) -> String {
        match self.verb {
            Verb::Replay => sheet::address(&self.name),
            verb => verb.tab().path().to_owned(),
        }
    }

    /// The stream or the event that is meant; nothing for everything.
    fn names(&self) -> Result<Vec<Name>> {
        let name = if self.event.is_empty() {
            &self.name
        } else {
            &self.event
        };
        if name.is_empty() {
            return Ok(Vec::new());
        }
        let name: Name = name.parse().map_err(anyhow::Error::msg)?;
        Ok(vec![name])
    }

    async fn look_at_parked(&self, stack: &Stack) -> Result<Look> {
        let report = Redrive::of(self.names()?).look(stack).await?;
        let rows: Vec<_> = report.events.iter().map(redriving::Row::cells).collect();
        let events = count(rows.len(), "event");
        Ok(Look {
            content: html! {
                @if rows.is_empty() { p { "There is nothing to bring back." } }
                @else {
                    p { (report.counted()) ". They get their reaction again, marked late if something after them has had its own. Fix the cause first: otherwise they are parked again." }
                    (sheet::plain("What would be brought back", redriving::HEADER, &rows))
                }
                @if let Some(unseen) = report.unseen() { p.quiet { (unseen) } }
            },
            button: (!rows.is_empty()).then(|| format!("Bring {events} back")),
        })
    }

    async fn redrive(&self, stack: &Stack) -> Result<Markup> {
        let mut moved = Moved::default();
        let brought = Redrive::of(self.names()?)
            .bring_back(stack, &mut moved)
            .await;
        brought.with_context(|| moved.told())?;
        Ok(lines(&moved.told()))
    }

    async fn plan(&self, stack: &Stack) -> Result<Plan> {
        let stream = StreamId::parse(&self.name).context("a replay needs the name of a stream")?;
        let mut records = events::stream(&stack.inbox, &stream).await?;
        if !self.event.is_empty() {
            let key = EventKey::parse(&self.event).context("that is not the key of an event")?;
            records.retain(|record| record.event == key);
        }
        Ok(Plan::of(records, None))
    }

    async fn look_at_settled(&self, stack: &Stack) -> Result<Look> {
        let plan = self.plan(stack).await?;
        let summary = plan.summary();
        let rows: Vec<_> = summary.rows().collect();
        let events = count(summary.events, "event");
        Ok(Look {
            content: html! {
                @if plan.is_empty() { p { (replay::nothing(&summary)) } }
                @else {
                    p { (summary.told()) }
                    p { strong { "Your target gets these events a second time" } ", with the same X-Alga-Event-Id and with the header X-Alga-Replay. A target that drops duplicates by the event's id alone drops these too." }
                    (sheet::plain("What would be replayed", plan::HEADER, &rows))
                }
            },
            button: (!plan.is_empty()).then(|| format!("Replay {events}")),
        })
    }

    async fn bodies(&self, stack: &Stack) -> Result<Vec<Quarantined>> {
        match (self.verb, &*self.name) {
            (Verb::Release, "") => all(&stack.inbox).await,
            (_, "") => bail!("say which body"),
            (_, hash) => pick(&stack.inbox, &[hash.to_owned()]).await,
        }
    }

    async fn look_at_release(&self, stack: &Stack) -> Result<Look> {
        let released = release::each(stack, &self.bodies(stack).await?, true).await;
        let readable = released.iter().filter(|one| one.is_readable()).count();
        Ok(Look {
            content: html! {
                @if readable == 0 { p { "None of these can be read, so none can be released." } }
                @else { p { "What can be read is kept and gets its reaction, as if it had just come. Nobody has checked its tenant: look at its stream." } }
                (released_table(&released))
            },
            button: (readable > 0).then(|| format!("Release {readable}")),
        })
    }

    async fn look_at_discard(&self, stack: &Stack) -> Result<Look> {
        let bodies = self.bodies(stack).await?;
        let rows: Vec<_> = bodies
            .iter()
            .map(|one| quarantine::row(one, &bodies))
            .collect();
        Ok(Look {
            content: html! {
                p { strong { "Nothing can bring a discarded body back." } }
                (sheet::plain("What would be discarded", quarantine::HEADER, &rows))
            },
            button: Some(format!("Discard {} for good", bodies.len())),
        })
    }
}

fn released_table(released: &[release::Released]) -> Markup {
    let rows: Vec<_> = released.iter().map(release::Released::row).collect();
    sheet::plain("Bodies", release::HEADER, &rows)
}

fn lines(text: &str) -> Markup {
    html! { @for line in text.lines() { p { (line) } } }
}
