//! What CloudWatch has counted, and its alarms.

use std::collections::BTreeMap;

use anyhow::{Context, Result};
use aws_sdk_cloudwatch::Client;
use aws_sdk_cloudwatch::primitives::DateTime;
use aws_sdk_cloudwatch::types::{
    Dimension, Metric, MetricAlarm, MetricDataQuery, MetricStat, StateValue,
};
use jiff::{SignedDuration, Timestamp};
use shared::telemetry::NAMESPACE;

use crate::context::explained;

/// A metric, how it is added up, and what a page calls it.
#[derive(Clone, Copy, Debug)]
pub struct Measure {
    pub name: &'static str,
    pub statistic: &'static str,
    pub label: &'static str,
    /// How many of the metric's units are one of the chart's.
    pub per: f64,
}

/// Up to now, in steps.
#[derive(Clone, Copy, Debug)]
pub struct Span {
    pub length: SignedDuration,
    pub step: SignedDuration,
}

/// Values by the beginning of their step. A step in which nothing was measured has none.
pub type Series = BTreeMap<Timestamp, f64>;

impl Measure {
    /// Whether it counts, so that no value means zero.
    pub fn counts(self) -> bool {
        self.statistic == "Sum"
    }

    fn query(self, number: usize, stack: &str, step: i32) -> MetricDataQuery {
        let dimension = Dimension::builder().name("Stack").value(stack).build();
        let metric = Metric::builder()
            .namespace(NAMESPACE)
            .metric_name(self.name);
        let stat = MetricStat::builder().metric(metric.dimensions(dimension).build());
        let stat = stat.stat(self.statistic).period(step).build();
        MetricDataQuery::builder()
            .id(format!("m{number}"))
            .metric_stat(stat)
            .build()
    }
}

/// One series for each measure, in their order.
pub async fn read(
    client: &Client,
    stack: &str,
    measures: &[Measure],
    span: Span,
    now: Timestamp,
) -> Result<Vec<Series>> {
    let step = i32::try_from(span.step.as_secs())?;
    let queries = measures.iter().enumerate();
    let queries = queries
        .map(|(number, measure)| measure.query(number, stack, step))
        .collect();
    let ask = client
        .get_metric_data()
        .set_metric_data_queries(Some(queries));
    let ask = ask
        .start_time(second(span.start(now)))
        .end_time(second(now + span.step));
    let mut series = vec![Series::new(); measures.len()];
    let mut pages = ask.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page
            .map_err(explained)
            .context("failed to read the metrics")?;
        for result in page.metric_data_results() {
            let number = result
                .id()
                .and_then(|id| id.strip_prefix('m')?.parse::<usize>().ok());
            let Some(number) = number.filter(|number| *number < measures.len()) else {
                continue;
            };
            let times = result.timestamps().iter();
            let times = times.filter_map(|at| Timestamp::from_second(at.secs()).ok());
            let values = result.values().iter();
            let values = values.map(|value| value / measures[number].per);
            series[number].extend(times.zip(values));
        }
    }
    Ok(series)
}

/// The alarms of a stack, those that ring first. Another stack's name may begin with this one's.
pub async fn alarms(client: &Client, stack: &str) -> Result<Vec<MetricAlarm>> {
    let mut alarms = Vec::new();
    let mut pages = client
        .describe_alarms()
        .alarm_name_prefix(format!("{stack}-"))
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page
            .map_err(explained)
            .context("failed to read the alarms")?;
        let found = page.metric_alarms.unwrap_or_default().into_iter();
        alarms.extend(found.filter(|alarm| is_of(alarm, stack)));
    }
    let rank = |alarm: &MetricAlarm| match alarm.state_value().map(StateValue::as_str) {
        Some("ALARM") => 0,
        Some("OK") => 2,
        _ => 1,
    };
    alarms.sort_by(|a, b| (rank(a), a.alarm_name()).cmp(&(rank(b), b.alarm_name())));
    Ok(alarms)
}

/// Whether it is called after the section of the runbook that it names, as each of ours is.
fn is_of(alarm: &MetricAlarm, stack: &str) -> bool {
    let description = alarm.alarm_description().unwrap_or_default();
    let (_, section) = told(description);
    let named = section.map(|section| format!("{stack}-{section}"));
    named.as_deref() == alarm.alarm_name()
}

/// What an alarm's description says, and the section of the runbook that it names.
pub fn told(description: &str) -> (&str, Option<&str>) {
    let Some((says, rest)) = description.split_once("See infra/RUNBOOK.md#") else {
        return (description, None);
    };
    let is_of_it = |c: char| c.is_ascii_alphanumeric() || c == '-';
    let end = rest.find(|c| !is_of_it(c)).unwrap_or(rest.len());
    (says.trim_end(), Some(&rest[..end]))
}

impl Span {
    /// When its first step begins: steps begin at whole multiples of their length.
    pub fn start(self, now: Timestamp) -> Timestamp {
        let from = (now - self.length).as_second();
        let from = from - from.rem_euclid(self.step.as_secs());
        Timestamp::from_second(from).unwrap_or(now)
    }

    pub fn steps(self, now: Timestamp) -> impl Iterator<Item = Timestamp> {
        let (mut at, step) = (self.start(now), self.step);
        std::iter::from_fn(move || {
            let this = Some(at).filter(|at| *at <= now)?;
            at += step;
            Some(this)
        })
    }
}

fn second(at: Timestamp) -> DateTime {
    DateTime::from_secs(at.as_second())
}
