//! An alarm whose cause lasts does not end and begin again in between.

use jiff::{SignedDuration, Timestamp};
use support::{Alarm, Stack};

use crate::template::RECONCILED;

/// How many minutes two values are apart while the cause lasts, and such a value.
const LASTING: [(&str, i64, f64); 5] = [
    // A doorbell comes back after 15 minutes at most, and a run takes up to one.
    ("aws-errors", 16, 1.0),
    ("failing", 16, 1000.0),
    // The Scheduler is exact to a minute, either way.
    ("swept", 62, 1.0),
    // By its schedule once an hour, and a run may take a quarter of one.
    ("reconciler-behind", 76, 2.0),
    ("reconciler-errors", 76, 1.0),
];

#[test]
fn an_alarm_rings_at_every_minute_for_as_long_as_its_cause_lasts() {
    let stack = Stack::deploy(RECONCILED);
    for (name, apart, value) in LASTING {
        let alarm = Alarm::of(&stack, name);
        let begun = Timestamp::now();
        let at = |minute| begun + SignedDuration::from_mins(minute);
        let hours = 12;
        for minute in (0..hours * 60).step_by(usize::try_from(apart).expect("minutes")) {
            alarm.remember((at(minute), value));
        }
        for minute in 60..hours * 60 {
            assert!(alarm.judged_at(at(minute)), "{name} after {minute} min");
        }
    }
}
