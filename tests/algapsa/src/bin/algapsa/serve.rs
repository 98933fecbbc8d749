//! AlgaPSA's ticket API on this machine, with a desk whose tickets change, and its webhook if there is one.

use std::io::{self, Write};
use std::time::{Duration, Instant};

use algapsa::day::{Day, Plan};
use algapsa::desk::{Field, Happened};
use algapsa::loopback::RUNTIME;
use algapsa::ticket_api::{Installation, KEY, TicketApi};
use algapsa::{AlgaPsa, Driver, Habits};
use anyhow::Result;
use jiff::{SignedDuration, Timestamp};

use crate::options::Serving;
use crate::stop;

/// How often what has happened is told.
const TELL_EVERY: Duration = Duration::from_millis(500);

/// Serves until Ctrl-C.
pub fn serve(options: &Serving) -> Result<()> {
    let from = Timestamp::now() - ahead(options.within, options.scale);
    let plan = Plan {
        seed: options.seed,
        tickets: options.tickets,
        changes: options.changes,
        from,
        within: options.within,
        mix: options.mix,
    };
    let day = plan.day();
    let webhook = options
        .webhook
        .as_ref()
        .map(|url| Driver::new(url, from, options.scale))
        .transpose()?;
    let events = webhook.map(|driver| (driver, sender(options, day.clone())));
    let (started, scale) = (Instant::now(), options.scale);
    let clock =
        move || from + SignedDuration::from_secs_f64(started.elapsed().as_secs_f64() * scale);
    let tenant = day.desk().tenant_id;
    let api = TicketApi::serving_at(options.port, Installation::new([day]), clock)?;
    if let Some(one_in) = options.trouble {
        api.has_trouble(options.seed, one_in as u64);
    }
    println!(
        "{}/api/v1/tickets\nx-api-key: {KEY}\ntenant {tenant}\n",
        api.url
    );
    if !options.quiet {
        RUNTIME.spawn(tell(api, clock));
    }
    if let Some((driver, mut alga)) = events {
        driver.drive_until(stop(), &mut alga, |_| ());
        if alga.ledger().under_way().next().is_some() {
            return Ok(());
        }
    }
    RUNTIME.block_on(stop());
    Ok(())
}

/// How far a day goes beyond the clock if it begins now. It begins that much earlier: a receiver does not believe in events
/// from the future.
fn ahead(within: SignedDuration, scale: f64) -> SignedDuration {
    let seconds = within.as_secs_f64();
    SignedDuration::from_secs_f64((seconds - seconds / scale).max(0.0))
}

/// Everything that the day announces, for the webhook.
fn sender(options: &Serving, day: Day) -> AlgaPsa {
    let mut alga = AlgaPsa::new(options.seed, Habits::default());
    alga.rotate(options.secret.as_deref().unwrap_or_default());
    for announced in day.flat_map(|happened| happened.announced) {
        alga.happens(announced.event(), announced.occurred_at);
    }
    alga
}

/// Says what has happened, until nobody reads it any more.
async fn tell(api: TicketApi, clock: impl Fn() -> Timestamp) {
    let mut told = 0;
    while api
        .with(|installation| say(installation, &mut told, clock()))
        .is_ok()
    {
        tokio::time::sleep(TELL_EVERY).await;
    }
}

fn say(installation: &mut Installation, told: &mut usize, now: Timestamp) -> io::Result<()> {
    installation.until(now);
    let mut out = io::stdout().lock();
    for happened in &installation.history()[*told..] {
        let desk = installation.desk(happened.tenant_id);
        let ticket = desk.and_then(|desk| desk.ticket(happened.ticket_id));
        let number = ticket.map_or("gone", |ticket| ticket.number.as_str());
        writeln!(out, "{}", line(number, happened))?;
    }
    *told = installation.history().len();
    out.flush()
}

/// One change in one line.
fn line(number: &str, happened: &Happened) -> String {
    let acts: Vec<_> = happened.acts.iter().map(|act| format!("{act:?}")).collect();
    let fields = happened
        .differences
        .iter()
        .map(|difference| match difference.field {
            Field::Existence => "existence",
            field => field.column(),
        });
    let fields: Vec<_> = fields.collect();
    let types: Vec<_> = happened
        .announced
        .iter()
        .map(|announced| announced.event_type)
        .collect();
    let or = |list: Vec<&str>, nothing: &str| {
        let list = Some(list).filter(|list| !list.is_empty());
        list.map_or_else(|| nothing.to_owned(), |list| list.join(" "))
    };
    format!(
        "{:.3} {number} {:?} {}: {} · {} · {}{}",
        happened.at,
        happened.way,
        acts.join("+"),
        or(fields, "no field"),
        or(types, "not announced"),
        if happened.moved_updated_at {
            "updated_at moved"
        } else {
            "updated_at stays"
        },
        if happened.was_rolled_back {
            " · rolled back"
        } else {
            ""
        },
    )
}
