//! The rate limit: how many reads the ticket API allows, as far as one function instance can know. A token bucket.

use std::time::Duration;

use jiff::Timestamp;

use crate::retry::{LONGEST_DELAY, back_off};

/// How many reads may be made at once.
const BURST: f64 = 120.0;
/// How often one more is allowed: 60 a minute.
const EVERY: Duration = Duration::from_secs(1);
/// How far ahead slots are given out, and the longest that the API can have us wait.
const WINDOW: Duration = LONGEST_DELAY;

/// A caller that finds it empty is given a slot of its own: if all came back at once, only one of them would be served.
#[derive(Clone, Copy, Debug)]
pub struct RateLimit {
    tokens: f64,
    counted_at: Timestamp,
    closed_until: Timestamp,
    refusals: u32,
    last_slot: Timestamp,
    without_slot: u32,
}

impl RateLimit {
    /// A full bucket.
    pub fn full(now: Timestamp) -> Self {
        Self {
            tokens: BURST,
            counted_at: now,
            closed_until: now,
            refusals: 0,
            last_slot: now,
            without_slot: 0,
        }
    }

    /// Takes one token, or says after what time to try again.
    pub fn take(&mut self, now: Timestamp) -> Result<(), Duration> {
        self.refill(now);
        if self.tokens < 1.0 || now < self.closed_until {
            return Err(self.slot(now));
        }
        self.tokens -= 1.0;
        Ok(())
    }

    /// For reads that the API does not count: says after what time to try again if it has refused one.
    pub fn is_open(&self, now: Timestamp) -> Result<(), Duration> {
        if now < self.closed_until {
            return Err(since(self.closed_until, now));
        }
        Ok(())
    }

    /// The API has refused a read: nobody reads for as long as it asks for, or longer if it goes on refusing. Returns a slot.
    pub fn close(&mut self, now: Timestamp, asked_for: Option<Duration>) -> Duration {
        // Reads that were under way when it began to refuse are part of the same refusal.
        if now >= self.closed_until {
            self.refusals = self.refusals.saturating_add(1);
        }
        let wait = back_off(self.refusals).max(asked_for.unwrap_or_default());
        let wait = wait.min(WINDOW);
        self.closed_until = self.closed_until.max(now + wait);
        self.tokens = self.tokens.min(1.0);
        self.slot(now)
    }

    /// The API has allowed a read.
    pub fn allowed(&mut self) {
        self.refusals = 0;
    }

    /// The API says how many reads are left: others may use the key too.
    pub fn at_most(&mut self, tokens: u32) {
        self.tokens = self.tokens.min(tokens.into());
    }

    fn refill(&mut self, now: Timestamp) {
        let passed = since(now, self.counted_at);
        self.tokens = (self.tokens + passed.as_secs_f64() / EVERY.as_secs_f64()).min(BURST);
        self.counted_at = now;
    }

    fn slot(&mut self, now: Timestamp) -> Duration {
        let missing = (1.0 - self.tokens).max(0.0);
        let free_at = self.closed_until.max(now + EVERY.mul_f64(missing));
        let slot = free_at.max(self.last_slot + EVERY);
        if slot > now + WINDOW {
            return self.some_time();
        }
        self.last_slot = slot;
        since(slot, now)
    }

    /// All slots are given out, so the caller asks again in the second half of the window. Multiples of the golden ratio
    /// spread any number of callers evenly.
    fn some_time(&mut self) -> Duration {
        self.without_slot = self.without_slot.wrapping_add(1);
        let spread = (f64::from(self.without_slot) * 0.618_033_988_75).fract();
        WINDOW.mul_f64(0.5 + spread / 2.0)
    }
}

/// How long it is from one time to a later one.
fn since(later: Timestamp, earlier: Timestamp) -> Duration {
    later.duration_since(earlier).try_into().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const START: Timestamp = Timestamp::UNIX_EPOCH;

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn takes(limit: &mut RateLimit, now: Timestamp) -> usize {
        std::iter::from_fn(|| limit.take(now).ok()).count()
    }

    #[test]
    fn a_burst_of_120_and_then_one_a_second() {
        let mut limit = RateLimit::full(START);
        assert_eq!(takes(&mut limit, START), 120);
        for (after, count) in [(1, 1), (2, 1), (5, 3), (65, 60), (1000, 120)] {
            assert_eq!(takes(&mut limit, START + secs(after)), count, "{after} s");
        }
    }

    #[test]
    fn each_caller_that_finds_it_empty_is_given_a_slot_of_its_own() {
        let mut limit = RateLimit::full(START);
        takes(&mut limit, START); // the last one that fails has the first slot
        let slots = [(); 3].map(|()| limit.take(START).unwrap_err().as_secs());
        assert_eq!(slots, [2, 3, 4]);
        let taken = [1, 2, 3, 4].map(|slot| limit.take(START + secs(slot)));
        assert_eq!(taken, [Ok(()); 4]);
    }

    #[test]
    fn it_stays_closed_for_as_long_as_the_api_says() {
        let mut limit = RateLimit::full(START);
        assert_eq!(limit.close(START, Some(secs(30))), secs(30));
        assert_eq!(limit.take(START + secs(29)), Err(secs(2)), "the next slot");
        assert_eq!(limit.take(START + secs(30)), Ok(()));
        let now = takes(&mut limit, START + secs(31));
        assert_eq!(now, 1 + 30, "what has come in meanwhile");
        limit.allowed();
        let again = limit.close(START + secs(40), Some(secs(1)));
        assert_eq!(again, secs(5), "never less than that");
    }

    #[test]
    fn what_costs_no_token_waits_for_nothing_but_a_refusal() {
        let mut limit = RateLimit::full(START);
        takes(&mut limit, START);
        assert_eq!(limit.is_open(START), Ok(()));
        limit.close(START, Some(secs(30)));
        for (after, open) in [(0, Err(secs(30))), (29, Err(secs(1))), (30, Ok(()))] {
            assert_eq!(limit.is_open(START + secs(after)), open, "{after} s");
        }
    }

    #[test]
    fn tokens_that_others_took_are_gone_for_us_too() {
        let mut limit = RateLimit::full(START);
        limit.at_most(2);
        limit.at_most(500);
        assert_eq!(takes(&mut limit, START), 2);
    }

    #[test]
    fn an_api_that_goes_on_refusing_is_left_alone_for_longer_but_not_for_ever() {
        let mut limit = RateLimit::full(START);
        let mut now = START;
        let waits = [(); 10].map(|()| {
            let wait = limit.close(now, None);
            now += wait;
            wait.as_secs()
        });
        assert_eq!(waits, [5, 10, 20, 40, 80, 160, 320, 640, 900, 900]);
        assert_eq!(limit.close(now, Some(Duration::MAX)), WINDOW);
        assert_eq!(limit.take(now + WINDOW), Ok(()));
        limit.allowed();
        assert_eq!(limit.close(now + WINDOW, None), secs(5));
    }

    #[test]
    fn reads_that_were_under_way_are_refused_once() {
        let mut limit = RateLimit::full(START);
        let slots = [1, 2, 3].map(|_| limit.close(START, None).as_secs());
        assert_eq!(slots, [5, 6, 7]);
    }

    /// Each stream asks, waits for as long as it is told, and asks again, until it may read.
    #[test]
    fn thousands_are_served_one_a_second_and_none_is_sent_away_often() {
        let mut limit = RateLimit::full(START);
        let mut asking = BTreeMap::from([(0, vec![0; 3_000])]);
        let (mut served_at, mut most) = (0, 0);
        while let Some((second, streams)) = asking.pop_first() {
            for refusals in streams {
                match limit.take(START + secs(second)) {
                    Ok(()) => served_at = second,
                    Err(wait) => {
                        let again = asking.entry(second + wait.as_secs() + 1);
                        again.or_default().push(refusals + 1);
                        most = most.max(refusals + 1);
                    }
                }
            }
        }
        assert!(served_at < 3_000 + 900, "the last one after {served_at} s");
        assert!(most < 20, "{most} times sent away");
    }
}
