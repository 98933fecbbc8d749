//! The table of one day, in Markdown.

use std::fmt::Write;

use jiff::SignedDuration;

use crate::kind::Kind;
use crate::score::Score;
use crate::truth::Truth;

/// One way of listening.
pub struct Row<'a> {
    pub name: String,
    pub score: Score<'a>,
}

pub fn table(truth: &Truth, rows: &[Row]) -> String {
    let there_are = |kind: &Kind| truth.changes.iter().any(|change| change.kind == *kind);
    let kinds: Vec<_> = Kind::ALL.into_iter().filter(there_are).collect();
    let heads = kinds.iter().map(|kind| {
        let changes = truth.changes.iter();
        let count = changes.filter(|change| change.kind == *kind).count();
        format!("{} ({})", kind.name(), grouped(count))
    });
    let heads: Vec<_> = heads.collect();
    let mut text = format!(
        "| changes noticed | all ({}) | {} | comments ({}) | median delay | worst delay | API calls a day | reactions for nothing |\n\
        | --- |{}\n",
        grouped(truth.changes.len()),
        heads.join(" | "),
        grouped(Score::new(truth).comments().1),
        " ---: |".repeat(kinds.len() + 6),
    );
    for row in rows {
        let _ = writeln!(text, "{}", line(row, &kinds));
    }
    text
}

fn line(Row { name, score }: &Row, kinds: &[Kind]) -> String {
    let of_kinds = kinds
        .iter()
        .map(|kind| share(score.noticed(|change| change.kind == *kind)));
    let of_kinds: Vec<_> = of_kinds.collect();
    let delays = score.delays();
    let delay = |place: usize| {
        delays
            .get(place)
            .map_or("–".to_owned(), |delay| span(*delay))
    };
    format!(
        "| {name} | **{}** | {} | {} | {} | {} | {} | {} |",
        share(score.noticed(|_| true)),
        of_kinds.join(" | "),
        share(score.comments()),
        delay(delays.len() / 2),
        delay(delays.len().saturating_sub(1)),
        grouped(usize::try_from(score.calls).unwrap_or(usize::MAX)),
        grouped(score.for_nothing),
    )
}

/// Never more than it is: 999 of 1,000 are 99.9 %, and 9,999 of 10,000 are, too.
pub fn share((part, all): (usize, usize)) -> String {
    if all == 0 {
        return "–".to_owned();
    }
    let per_mille = part * 1_000 / all;
    match per_mille {
        0 | 1_000 => format!("{} %", per_mille / 10),
        _ => format!("{}.{} %", per_mille / 10, per_mille % 10),
    }
}

/// In the unit in which it is read best.
fn span(span: SignedDuration) -> String {
    let seconds = span.as_secs_f64();
    match seconds {
        ..9.95 => format!("{seconds:.1} s"),
        ..100.0 => format!("{seconds:.0} s"),
        ..6_000.0 => format!("{:.0} min", seconds / 60.0),
        _ => format!("{:.1} h", seconds / 3_600.0),
    }
}

/// With commas between the thousands.
pub fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_never_rounded_up() {
        for (part, all, told) in [
            (0, 3, "0 %"),
            (1, 3, "33.3 %"),
            (2, 3, "66.6 %"),
            (9_999, 10_000, "99.9 %"),
            (10_000, 10_000, "100 %"),
            (0, 0, "–"),
        ] {
            assert_eq!(share((part, all)), told, "{part} of {all}");
        }
    }

    #[test]
    fn times_and_numbers_are_written_to_be_read() {
        for (milliseconds, told) in [
            (400, "0.4 s"),
            (9_960, "10 s"),
            (61_000, "61 s"),
            (150_000, "2 min"),
            (7_200_000, "2.0 h"),
        ] {
            assert_eq!(span(SignedDuration::from_millis(milliseconds)), told);
        }
        for (number, told) in [(7, "7"), (999, "999"), (1_000, "1,000"), (86_400, "86,400")] {
            assert_eq!(grouped(number), told);
        }
    }
}
