//! What `AlgaPSA` never announces.

use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use support::{Alarm, Stack, cloud};

use crate::template::RECONCILED;

fn minutes(count: i64) -> SignedDuration {
    SignedDuration::from_mins(count)
}

fn every(interval: i64) -> Stack {
    let parameters = format!("TicketApiUrl=http://127.0.0.1:9 ReconcileMinutes={interval}");
    Stack::deploy(&parameters)
}

/// A run that was not whole says how many intervals have passed since the last whole one; one that was whole says nothing.
#[test]
fn reconciler_behind_rings_when_two_intervals_were_missed_and_ends_two_after_the_last_that_was() {
    for interval in [15, 60, 1440] {
        let alarm = Alarm::of(&every(interval), "reconciler-behind");
        let whole = Timestamp::now();
        let after = |intervals| whole + minutes(interval) * intervals;
        for (intervals, rings) in [(1, false), (2, true), (3, true)] {
            alarm.remember((after(intervals), f64::from(intervals)));
            assert_eq!(
                alarm.judged_at(after(intervals)),
                rings,
                "{intervals} × {interval}"
            );
        }
        // The fourth is whole, and so is the fifth.
        for (intervals, rings) in [(4, true), (5, false)] {
            assert_eq!(
                alarm.judged_at(after(intervals)),
                rings,
                "{intervals} × {interval}"
            );
        }
    }
}

#[test]
fn reconciler_errors_rings_when_a_run_fails_and_ends_when_two_have_not() {
    let stack = Stack::deploy(RECONCILED);
    let alarm = Alarm::of(&stack, "reconciler-errors");
    assert!(alarm.is_about(&stack.reconciler_function));
    let run = || cloud::invoke(&stack.reconciler_function, &json!({ "reconcile": true }));
    let settings = cloud::configuration(&stack.reconciler_function).expect("it is there");
    let without = json!({ "Environment": { "Variables": {} } });
    cloud::configure(&stack.reconciler_function, &without).expect("it can be changed");
    let (answer, failed) = run().expect("Lambda answers");
    assert!(failed, "it should have failed: {answer}");
    let now = Timestamp::now();
    alarm.remember((now, alarm.recorded()));
    assert!(alarm.judged_at(now));

    let with = json!({ "Environment": { "Variables": settings["Environment"]["Variables"] } });
    cloud::configure(&stack.reconciler_function, &with).expect("it can be changed");
    let (answer, failed) = run().expect("Lambda answers");
    assert!(!failed, "{answer}");
    assert!(!alarm.judged_at(now + minutes(120)));
}

/// AWS counts it under the time when it began.
#[test]
fn reconciler_errors_rings_for_a_run_that_ran_out_of_time_at_any_interval() {
    for interval in [15, 60] {
        let stack = every(interval);
        let alarm = Alarm::of(&stack, "reconciler-errors");
        let timeout = cloud::configuration(&stack.reconciler_function).expect("it is there");
        let timeout = timeout["Timeout"].as_i64().expect("seconds");
        let known = Timestamp::now();
        let in_cloudwatch = minutes(2); // until AWS has put the metric there, and looked
        alarm.remember((
            known - SignedDuration::from_secs(timeout) - in_cloudwatch,
            1.0,
        ));
        assert!(alarm.judged_at(known), "every {interval} min");
    }
}
