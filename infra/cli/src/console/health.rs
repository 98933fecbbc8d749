//! The alarms, each with what to do, and curves of the last hour, day or week.

use anyhow::Result;
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::types::{MetricAlarm, StateValue};
use axum::extract::{Query, State};
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};
use serde::Deserialize;

use super::curve::Chart;
use super::metrics::{self, Measure, Span};
use super::page::{self, Tab};
use super::server::Console;
use crate::output::{count, errors};

#[derive(Deserialize)]
pub struct Asked {
    #[serde(default)]
    last: Last,
}

#[derive(Clone, Copy, Debug, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
enum Last {
    #[default]
    Hour,
    Day,
    Week,
}

type Curves = (&'static str, &'static str, &'static [Measure]);

const CHARTS: [Curves; 4] = [
    (
        "Deliveries",
        "",
        &[sum("Deliveries", "authentic"), sum("Rejected", "rejected")],
    ),
    (
        "Reactions",
        "",
        &[
            sum("ReactionsInOrder", "in order"),
            sum("ReactionsLate", "late"),
        ],
    ),
    (
        "Lag",
        "s",
        &[lag("p50", "half within"), lag("p99", "99 of 100 within")],
    ),
    (
        "Trouble",
        "",
        &[
            sum("ReactionsFailed", "failed attempts"),
            sum("Parked", "parked"),
            sum("AwsErrors", "calls to AWS that failed"),
        ],
    ),
];

/// With a reconciler only.
const UNANNOUNCED: Curves = (
    "Never announced by AlgaPSA",
    "",
    &[sum("Unannounced", "changes announced instead")],
);

const fn sum(name: &'static str, label: &'static str) -> Measure {
    Measure {
        name,
        statistic: "Sum",
        label,
        per: 1.0,
    }
}

/// In seconds; the metric counts milliseconds.
const fn lag(statistic: &'static str, label: &'static str) -> Measure {
    Measure {
        name: "Lag",
        statistic,
        label,
        per: 1000.0,
    }
}

pub async fn page(State(console): State<Console>, Query(asked): Query<Asked>) -> Markup {
    let client = Client::new(&console.stack.config);
    let source = &console.stack.source;
    let reconciler = source.output("ReconcilerLogGroup", "RECONCILER_LOG_GROUP");
    let curves: Vec<Curves> = CHARTS
        .into_iter()
        .chain(reconciler.map(|_| UNANNOUNCED))
        .collect();
    let (alarms, charts) = tokio::join!(
        alarms(&client, &console.name),
        charts(&client, &console.name, &curves, asked.last)
    );
    let content = html! {
        section aria-labelledby="alarms" { h2 #alarms { "Alarms" } (or_why(alarms)) }
        section aria-labelledby="curves" {
            h2 #curves { "Curves" }
            nav.parts aria-label="Time" { @for last in [Last::Hour, Last::Day, Last::Week] {
                a href={ "/health?last=" (last.word()) } aria-current=[(last == asked.last).then_some("true")] { "last " (last.word()) } " "
            } }
            (or_why(charts))
        }
    };
    page::whole(&console.name, Tab::Health, "Health", &content)
}

/// A part that could not be made says why; the others are shown all the same.
fn or_why(part: Result<Markup>) -> Markup {
    part.unwrap_or_else(|error| html! { p.error role="alert" { (errors::told(&error, None)) } })
}

async fn alarms(client: &Client, stack: &str) -> Result<Markup> {
    let alarms = metrics::alarms(client, stack).await?;
    let ring = alarms
        .iter()
        .filter(|alarm| state(alarm) == "ALARM")
        .count();
    Ok(html! {
        p.facts { @if ring == 0 { "No alarm rings." } @else { strong { (count(ring, "alarm")) " ringing." } } " " (alarms.len()) " are set." }
        @if !alarms.is_empty() { div.sheet role="region" aria-label="Alarms" tabindex="0" { table {
            caption { "Alarms, those that ring first" }
            thead { tr { th scope="col" { "state" } th scope="col" { "alarm" } th scope="col" { "what it means" } th scope="col" { "since (UTC)" } } }
            tbody { @for alarm in &alarms { (row(alarm, stack)) } }
        } } }
    })
}

fn row(alarm: &MetricAlarm, stack: &str) -> Markup {
    let (word, tone) = match state(alarm) {
        "ALARM" => ("rings", "bad"),
        "OK" => ("ok", "good"),
        _ => ("no data yet", "quiet"),
    };
    let name = alarm.alarm_name().unwrap_or_default();
    let name = name
        .strip_prefix(stack)
        .map_or(name, |name| name.trim_start_matches('-'));
    let since = alarm
        .state_updated_timestamp()
        .and_then(|at| Timestamp::from_second(at.secs()).ok());
    let (says, section) = metrics::told(alarm.alarm_description().unwrap_or_default());
    html! { tr {
        td data-label="state" { span class={ "mark " (tone) } { (word) } }
        td data-label="alarm" { (name) }
        td data-label="meaning" { (says) @if let Some(section) = section { " " a href={ "/runbook#" (section) } { "What to do" } } }
        td.time data-label="since (UTC)" { @if let Some(since) = since { (since.strftime("%m-%d %H:%M:%S")) } }
    } }
}

fn state(alarm: &MetricAlarm) -> &str {
    alarm.state_value().map_or("", StateValue::as_str)
}

async fn charts(client: &Client, stack: &str, curves: &[Curves], last: Last) -> Result<Markup> {
    let (now, span) = (Timestamp::now(), last.span());
    let measures: Vec<Measure> = curves
        .iter()
        .flat_map(|(_, _, measures)| *measures)
        .copied()
        .collect();
    let series = metrics::read(client, stack, &measures, span, now).await?;
    let mut lines = measures.into_iter().zip(series);
    Ok(
        html! { div.charts { @for (title, unit, measures) in curves {
            @let lines: Vec<_> = lines.by_ref().take(measures.len()).collect();
            (Chart { title, unit, lines: &lines }.drawn(span, now))
        } } },
    )
}

impl Last {
    fn word(self) -> &'static str {
        match self {
            Self::Hour => "hour",
            Self::Day => "day",
            Self::Week => "week",
        }
    }

    fn span(self) -> Span {
        let (length, step) = match self {
            Self::Hour => (1, 1),
            Self::Day => (24, 10),
            Self::Week => (7 * 24, 60),
        };
        Span {
            length: SignedDuration::from_hours(length),
            step: SignedDuration::from_mins(step),
        }
    }
}
