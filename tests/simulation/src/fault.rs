//! What can happen to one call to AWS, and when it is to happen.

use algapsa::Chance;

use super::call::SEND_EVENT;

/// A fault of one call: of the call as the function sees it, with all the SDK's own attempts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// It fails before it takes effect.
    Before,
    /// It takes effect, and the answer is lost.
    After,
    /// The answer to the first attempt is lost; the SDK tries again.
    AfterOnce,
    /// It takes effect, and there is never an answer.
    Silence,
    /// There is never an answer, and it takes effect a quarter of an hour later.
    Delayed,
    /// The service has too much to do.
    Throttled,
    /// The function dies before it takes effect.
    DiesBefore,
    /// It takes effect, and the function dies before the answer.
    DiesAfter,
    /// It is answered, and has no effect: what it said is lost.
    Swallowed,
}

impl Fault {
    /// What can happen to a call that changes something.
    pub const OF_WRITES: [Self; 7] = [
        Self::Before,
        Self::After,
        Self::AfterOnce,
        Self::Silence,
        Self::Delayed,
        Self::DiesBefore,
        Self::DiesAfter,
    ];
    /// What can happen to a call that only asks. When it fails makes no difference.
    pub const OF_READS: [Self; 3] = [Self::Before, Self::Silence, Self::DiesBefore];

    /// Every fault that makes a difference to a call.
    pub fn of(operation: &str) -> Vec<Self> {
        match operation {
            "SendMessage" => [&Self::OF_WRITES[..], &[Self::Swallowed]].concat(),
            "PutItem"
            | "PutObject"
            | "UpdateItem"
            | "DeleteItem"
            | "DeleteMessage"
            | "ChangeMessageVisibilityBatch" => Self::OF_WRITES.to_vec(),
            // A target that acts on what was given up long ago repeats a reaction, whatever we do.
            "PutEvents" | SEND_EVENT => {
                let mut faults = Self::OF_WRITES.to_vec();
                faults.retain(|fault| *fault != Self::Delayed);
                faults
            }
            _ => Self::OF_READS.to_vec(),
        }
    }
}

/// Which calls go wrong.
#[derive(Clone, Debug)]
pub enum Script {
    /// These, counted from the first call of the run.
    Calls(Vec<(usize, Fault)>),
    /// That many of a thousand, at random.
    Chance {
        /// Of a thousand.
        per_mille: u64,
        /// Decides.
        chance: Chance,
    },
}

impl Script {
    /// What happens to the call of that number.
    pub(super) fn fault(&mut self, number: usize, operation: &str) -> Option<Fault> {
        match self {
            Self::Calls(calls) => {
                let planned = calls.iter().find(|(at, _)| *at == number);
                planned.map(|(_, fault)| *fault)
            }
            Self::Chance { per_mille, chance } => {
                let happens = chance.below(1000) < *per_mille;
                let mut faults = Fault::of(operation);
                faults.push(Fault::Throttled);
                happens.then(|| chance.pick(&faults))
            }
        }
    }
}
