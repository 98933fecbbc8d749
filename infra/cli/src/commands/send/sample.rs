//! What is sent: a sample, or the bytes of a file.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use bytes::Bytes;
use clap::Args;
use jiff::{SignedDuration, Timestamp};
use samples::TYPES;
use serde::de::IgnoredAny;
use serde_json::Value;
use shared::event::Event;
use uuid::Uuid;

use crate::input::{self, Point};
use crate::output;
use crate::signing::{Subscription, own_id};

/// What is sent.
#[derive(Debug, Args)]
pub struct What {
    /// The event's type. There is a sample for each type of AlgaPSA's; any other type gets an empty data.
    #[arg(long = "type", value_name = "TYPE", default_value = "ticket.created")]
    event_type: String,
    /// The id of the ticket, project or task that the event is about; by default a new one.
    #[arg(long, value_name = "ID", visible_aliases = ["project", "task"])]
    ticket: Option<String>,
    /// The tenant's id. By default the tenant that the secret is bound to, or else the sample's.
    #[arg(long, value_name = "ID")]
    tenant: Option<String>,
    /// The event's id; by default a new one.
    #[arg(long, value_name = "ID", conflicts_with = "count")]
    event_id: Option<String>,
    /// When it happened, such as 2026-08-24T15:04:05Z, or how long ago, such as 2h; by default now.
    #[arg(long, value_name = "TIME")]
    occurred_at: Option<Point>,
    /// How many events to send, all about the same ticket and a millisecond apart.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    count: u16,
    /// Set a field of the sample's data to a value, JSON or plain text. Can be given more than once.
    #[arg(long = "set", value_name = "FIELD=VALUE", value_parser = field)]
    fields: Vec<(String, Value)>,
    /// Send the bytes of this file instead of a sample; `-` is standard input.
    #[arg(
        long,
        value_name = "PATH",
        conflicts_with_all = ["event_type", "ticket", "tenant", "event_id", "occurred_at", "count", "fields"]
    )]
    file: Option<PathBuf>,
}

impl What {
    /// Says what is probably a mistake. It is sent all the same.
    pub fn warn(&self) {
        if self.file.is_none() && !TYPES.contains(&&*self.event_type) {
            output::note(format_args!(
                "Note: AlgaPSA has no event type {}. It has {}.",
                self.event_type,
                TYPES.join(", ")
            ));
        }
    }

    /// The bodies, in order.
    pub fn bodies(&self, subscription: &Subscription) -> Result<Vec<Bytes>> {
        if let Some(path) = &self.file {
            let body = input::file(path)?;
            if let Err(error) = serde_json::from_slice::<IgnoredAny>(&body) {
                output::note(format_args!("Note: what you send is not JSON: {error}"));
            }
            return Ok(vec![body.into()]);
        }
        let events = self.events(subscription.webhook_id, subscription.tenant_id.clone());
        let bodies: Vec<Bytes> = events.iter().map(samples::Event::body).collect();
        let read = Event::parse(bodies[0].clone(), Timestamp::now());
        read.context("the receiver could not read this event")?;
        Ok(bodies)
    }

    /// The first event, on many lines.
    pub fn pretty(&self, webhook_id: Option<Uuid>) -> Result<Vec<u8>> {
        if let Some(path) = &self.file {
            return input::file(path);
        }
        let events = self.events(webhook_id.unwrap_or_else(Uuid::new_v4), None);
        let mut text = serde_json::to_vec_pretty(&events[0])?;
        text.push(b'\n');
        Ok(text)
    }

    fn events(&self, webhook_id: Uuid, tenant_id: Option<String>) -> Vec<samples::Event> {
        let now = Timestamp::now();
        let last = self.occurred_at.map_or(now, |point| point.seen_from(now));
        let first = last - SignedDuration::from_millis(i64::from(self.count) - 1);
        let subject = self.ticket.clone();
        let subject = subject.unwrap_or_else(|| Uuid::new_v4().to_string());
        let tenant_id = self.tenant.clone().or(tenant_id);
        let nth = |n| {
            let at = first + SignedDuration::from_millis(n);
            let mut event = samples::Event::sample(&self.event_type, &subject, webhook_id, at);
            event.event_id = self.event_id.clone().unwrap_or_else(own_id);
            event.tenant_id = tenant_id.clone().unwrap_or(event.tenant_id);
            for (name, value) in &self.fields {
                event.data.set(name, value.clone());
            }
            event
        };
        (0..i64::from(self.count)).map(nth).collect()
    }
}

/// `priority_name=Urgent` or `is_closed=true`.
pub fn field(text: &str) -> Result<(String, Value), String> {
    let (name, value) = text
        .split_once('=')
        .ok_or("give FIELD=VALUE, such as priority_name=Urgent")?;
    let value = serde_json::from_str(value).unwrap_or_else(|_| value.into());
    Ok((name.to_owned(), value))
}
