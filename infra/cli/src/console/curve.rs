//! A chart of some series, drawn as SVG.

use jiff::Timestamp;
use maud::{Markup, html};

use super::metrics::{Measure, Series, Span};

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 150.0;
/// Room for the numbers on the left, and for the times below.
const LEFT: f64 = 52.0;
const BELOW: f64 = 20.0;
const ABOVE: f64 = 8.0;

/// One chart: its title, its unit, and its lines.
pub struct Chart<'a> {
    pub title: &'a str,
    pub unit: &'a str,
    pub lines: &'a [(Measure, Series)],
}

impl Chart<'_> {
    pub fn drawn(&self, span: Span, now: Timestamp) -> Markup {
        let top = self.top();
        let base = HEIGHT - BELOW;
        html! {
            figure.chart {
                figcaption { (self.title) }
                svg viewBox={ "0 0 " (WIDTH) " " (HEIGHT) } role="img" aria-label=(self.said()) {
                    @for share in [0.0, 0.5, 1.0] {
                        line.grid x1=(LEFT) x2=(WIDTH) y1=(height(share)) y2=(height(share)) {}
                        text.scale x=(LEFT - 6.0) y=(height(share) + 4.0) text-anchor="end" { (number(top * share)) }
                    }
                    text.scale x=(LEFT) y=(HEIGHT - 4.0) { (clock(span, span.start(now))) }
                    text.scale x=(WIDTH) y=(HEIGHT - 4.0) text-anchor="end" { (clock(span, now)) " UTC" }
                    @for (nth, (measure, series)) in self.lines.iter().enumerate() {
                        @for run in runs(*measure, series, span, now) {
                            @let points = points(&run, span, now, top);
                            @if run.len() == 1 { circle class={ "dot line-" (nth) } cx=(across(run[0].0, span, now)) cy=(height(run[0].1 / top)) r="2.5" {} }
                            @else { polyline class={ "line line-" (nth) } points=(points) {} }
                        }
                    }
                    line.axis x1=(LEFT) x2=(WIDTH) y1=(base) y2=(base) {}
                }
                ul.legend { @for (nth, (measure, series)) in self.lines.iter().enumerate() {
                    li { span class={ "key line-" (nth) } {} (measure.label) " " b { (self.summed(*measure, series)) } }
                } }
            }
        }
    }

    fn top(&self) -> f64 {
        let values = self.lines.iter().flat_map(|(_, series)| series.values());
        round_up(values.copied().fold(0.0, f64::max))
    }

    /// All of what is counted; the most of anything else.
    fn summed(&self, measure: Measure, series: &Series) -> String {
        let unit = if self.unit.is_empty() {
            String::new()
        } else {
            format!(" {}", self.unit)
        };
        if measure.counts() {
            return number(series.values().fold(0.0, |sum, value| sum + value)) + &unit;
        }
        let most = series.values().copied().reduce(f64::max);
        most.map_or_else(
            || "–".to_owned(),
            |most| format!("{}{unit} at worst", number(most)),
        )
    }

    fn said(&self) -> String {
        let lines = self.lines.iter().map(|(measure, series)| {
            format!("{} {}", measure.label, self.summed(*measure, series))
        });
        format!("{}: {}", self.title, lines.collect::<Vec<_>>().join(", "))
    }
}

type Point = (Timestamp, f64);

/// Points that belong together. A count without a value is zero; anything else without one is a gap.
fn runs(measure: Measure, series: &Series, span: Span, now: Timestamp) -> Vec<Vec<Point>> {
    let mut runs = vec![Vec::new()];
    for at in span.steps(now) {
        let value = series
            .get(&at)
            .copied()
            .or_else(|| measure.counts().then_some(0.0));
        match value {
            Some(value) => runs.last_mut().expect("there is one").push((at, value)),
            None => runs.push(Vec::new()),
        }
    }
    runs.retain(|run| !run.is_empty());
    runs
}

fn points(run: &[Point], span: Span, now: Timestamp, top: f64) -> String {
    let point =
        |(at, value): &Point| format!("{:.1},{:.1}", across(*at, span, now), height(value / top));
    run.iter().map(point).collect::<Vec<_>>().join(" ")
}

fn across(at: Timestamp, span: Span, now: Timestamp) -> f64 {
    let start = span.start(now);
    let share = at.duration_since(start).as_secs_f64() / now.duration_since(start).as_secs_f64();
    LEFT + share * (WIDTH - LEFT - 4.0)
}

fn height(share: f64) -> f64 {
    ABOVE + (1.0 - share) * (HEIGHT - BELOW - ABOVE)
}

/// The next of 1, 2, 5, 10, 20, 50 and so on; at least 1.
fn round_up(value: f64) -> f64 {
    let power = 10f64.powf(value.max(1.0).log10().floor());
    let steps = [1.0, 2.0, 5.0, 10.0].map(|step| step * power);
    steps
        .into_iter()
        .find(|step| *step >= value)
        .unwrap_or(value)
}

fn number(value: f64) -> String {
    match value {
        v if v >= 10_000.0 => format!("{:.0} k", v / 1000.0),
        v if v >= 10.0 || v.fract() == 0.0 => format!("{v:.0}"),
        v => format!("{v:.1}"),
    }
}

fn clock(span: Span, at: Timestamp) -> String {
    let format = if span.length.as_hours() > 24 {
        "%m-%d %H:%M"
    } else {
        "%H:%M"
    };
    at.strftime(format).to_string()
}
