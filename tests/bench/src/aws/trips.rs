//! How many answers somebody waits for in a row.

use std::time::{Duration, Instant};

/// The calls so far, by the time that they took.
#[derive(Clone, Debug, Default)]
pub struct Trips {
    under_way: u32,
    since: Option<Instant>,
    /// While at least one was under way.
    waited: Duration,
    /// All of them, one after another.
    took: Duration,
    ended: u32,
}

impl Trips {
    pub fn begin(&mut self, at: Instant) {
        self.pass(at);
        self.under_way += 1;
    }

    pub fn end(&mut self, at: Instant) {
        self.pass(at);
        self.under_way -= 1;
        self.ended += 1;
    }

    fn pass(&mut self, now: Instant) {
        let passed = now - self.since.replace(now).unwrap_or(now);
        self.took += passed * self.under_way;
        if self.under_way > 0 {
            self.waited += passed;
        }
    }

    /// Since an earlier look: the time with a call under way, in calls of average length.
    pub fn in_a_row(&self, before: &Self) -> f64 {
        let took = self.took.saturating_sub(before.took).as_secs_f64();
        let average = took / f64::from(self.ended - before.ended);
        let waited = self.waited.saturating_sub(before.waited).as_secs_f64();
        if took > 0.0 { waited / average } else { 0.0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls that begin and end after so many milliseconds, after another one that does not count.
    fn in_a_row(calls: &[(u64, u64)]) -> f64 {
        let mut trips = Trips::default();
        let start = Instant::now();
        trips.begin(start);
        let start = start + Duration::from_secs(1);
        trips.end(start);
        let before = trips.clone();
        let begins = calls.iter().map(|call| (call.0, true));
        let ends = calls.iter().map(|call| (call.1, false));
        let mut steps: Vec<_> = begins.chain(ends).collect();
        steps.sort_unstable();
        for (after, begins) in steps {
            let at = start + Duration::from_millis(after);
            if begins {
                trips.begin(at);
            } else {
                trips.end(at);
            }
        }
        trips.in_a_row(&before)
    }

    #[test]
    fn calls_at_the_same_time_are_one_in_the_row() {
        for (calls, trips) in [
            (&[][..], 0.0),
            (&[(0, 4)], 1.0),
            (&[(0, 4), (5, 9), (9, 13)], 3.0),
            (&[(0, 4), (0, 4), (0, 4), (6, 10)], 2.0),
            (&[(0, 4), (2, 6)], 1.5),
        ] {
            assert!((in_a_row(calls) - trips).abs() < 0.001, "{calls:?}");
        }
    }
}
