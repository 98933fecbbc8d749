//! The token bucket by which AlgaPSA limits deliveries of a webhook and calls of an API key.

use jiff::{SignedDuration, Timestamp};

/// Holds so many tokens at most, and gets one back every so often, a fraction at a time.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    size: i32,
    every: SignedDuration,
    /// When it would be full if nobody took any more; in the past, or nothing, when it is.
    full_at: Option<Timestamp>,
}

impl Bucket {
    /// A full one.
    pub(crate) fn full(size: u32, every: SignedDuration) -> Self {
        Self {
            size: i32::try_from(size).expect("limits are small"),
            every,
            full_at: None,
        }
    }

    /// Takes a token, or says in how long there will be one.
    pub(crate) fn take(&mut self, now: Timestamp) -> Result<(), SignedDuration> {
        let full_at = self.full_at.map_or(now, |full_at| full_at.max(now)) + self.every;
        let missing = full_at.duration_since(now) - self.every * self.size;
        if missing.is_positive() {
            return Err(missing);
        }
        self.full_at = Some(full_at);
        Ok(())
    }

    /// How many whole tokens it has.
    pub(crate) fn left(&self, now: Timestamp) -> u32 {
        let missing = self.full_at.map_or(0, |full_at| {
            let missing = full_at.duration_since(now).as_nanos().max(0);
            -(-missing).div_euclid(self.every.as_nanos())
        });
        u32::try_from(i128::from(self.size) - missing).unwrap_or_default()
    }

    pub(crate) fn size(&self) -> u32 {
        self.size.unsigned_abs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_full_at_first_and_gets_its_tokens_back_one_by_one() {
        let start = Timestamp::UNIX_EPOCH;
        let after = |milliseconds| start + SignedDuration::from_millis(milliseconds);
        let mut bucket = Bucket::full(3, SignedDuration::from_secs(1));
        for left in [3, 2, 1] {
            assert_eq!(bucket.left(start), left);
            assert_eq!(bucket.take(start), Ok(()));
        }
        for (milliseconds, wait) in [(0, 1_000), (400, 600), (999, 1)] {
            let refused = Err(SignedDuration::from_millis(wait));
            assert_eq!(bucket.left(after(milliseconds)), 0);
            assert_eq!(bucket.take(after(milliseconds)), refused);
        }
        assert_eq!(bucket.take(after(1_000)), Ok(()));
        assert_eq!(bucket.left(after(2_999)), 1);
        assert_eq!(bucket.left(after(60_000)), 3, "never more than its size");
    }
}
