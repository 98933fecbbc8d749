//! The token bucket: how many reads the ticket API allows, as far as one function instance can know.

use std::time::{Duration, Instant};

/// How many reads may come at once.
const BURST: f64 = 120.0;
/// How often one more is allowed: 60 a minute.
const EVERY: Duration = Duration::from_secs(1);

/// Who finds it empty is told when to come again, each at a turn of its own: if all came at once, one would be served
/// and the others sent away again.
#[derive(Clone, Copy, Debug)]
pub struct Bucket {
    tokens: f64,
    counted_at: Instant,
    closed_until: Instant,
    last_turn: Instant,
}

impl Bucket {
    /// A bucket that nothing was taken from yet.
    pub fn full(now: Instant) -> Self {
        Self {
            tokens: BURST,
            counted_at: now,
            closed_until: now,
            last_turn: now,
        }
    }

    /// Takes one token, or says after what time to try again.
    pub fn take(&mut self, now: Instant) -> Result<(), Duration> {
        self.refill(now);
        if self.tokens < 1.0 || now < self.closed_until {
            return Err(self.turn(now));
        }
        self.tokens -= 1.0;
        Ok(())
    }

    /// The other side allows no read for that time, whatever is in here. Gives the turn of who was told so.
    pub fn close(&mut self, now: Instant, time: Duration) -> Duration {
        self.closed_until = self.closed_until.max(now + time);
        self.tokens = self.tokens.min(1.0);
        self.turn(now)
    }

    /// The other side says how many reads are left: others use the key too.
    pub fn at_most(&mut self, tokens: u32) {
        self.tokens = self.tokens.min(tokens.into());
    }

    fn refill(&mut self, now: Instant) {
        let passed = now.saturating_duration_since(self.counted_at);
        self.tokens = (self.tokens + passed.as_secs_f64() / EVERY.as_secs_f64()).min(BURST);
        self.counted_at = now;
    }

    fn turn(&mut self, now: Instant) -> Duration {
        let missing = (1.0 - self.tokens).max(0.0);
        let free_at = self.closed_until.max(now + EVERY.mul_f64(missing));
        self.last_turn = free_at.max(self.last_turn + EVERY);
        self.last_turn - now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn secs(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    fn takes(bucket: &mut Bucket, now: Instant) -> usize {
        std::iter::from_fn(|| bucket.take(now).ok()).count()
    }

    #[test]
    fn a_burst_of_120_and_then_one_a_second() {
        let start = Instant::now();
        let mut bucket = Bucket::full(start);
        assert_eq!(takes(&mut bucket, start), 120);
        for (after, count) in [(1, 1), (2, 1), (5, 3), (65, 60), (1000, 120)] {
            assert_eq!(takes(&mut bucket, start + secs(after)), count, "{after} s");
        }
    }

    #[test]
    fn each_who_finds_it_empty_is_told_a_turn_of_its_own() {
        let start = Instant::now();
        let mut bucket = Bucket::full(start);
        takes(&mut bucket, start); // the last one that fails has the first turn
        let turns: Vec<_> = (0..3)
            .map(|_| bucket.take(start).unwrap_err().as_secs())
            .collect();
        assert_eq!(turns, [2, 3, 4]);
        for turn in [1, 2, 3, 4] {
            assert_eq!(bucket.take(start + secs(turn)), Ok(()), "{turn} s");
        }
    }

    #[test]
    fn it_stays_closed_for_as_long_as_the_other_side_says() {
        let start = Instant::now();
        let mut bucket = Bucket::full(start);
        assert_eq!(bucket.close(start, secs(30)), secs(30));
        assert_eq!(bucket.take(start + secs(29)), Err(secs(2)), "the next turn");
        assert_eq!(bucket.take(start + secs(30)), Ok(()));
        assert_eq!(
            takes(&mut bucket, start + secs(31)),
            1 + 30,
            "what has come in meanwhile"
        );
        assert_eq!(bucket.close(start + secs(40), secs(1)), secs(1));
    }

    #[test]
    fn what_others_took_is_gone_for_us_too() {
        let start = Instant::now();
        let mut bucket = Bucket::full(start);
        bucket.at_most(2);
        bucket.at_most(500);
        assert_eq!(takes(&mut bucket, start), 2);
    }
}
