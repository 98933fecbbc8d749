//! An event that says something in another shape than the types have.

use std::error::Error;
use std::fmt;

use super::Payload;

/// How many places are named in a message.
const NAMED: usize = 5;

/// An event that does not fit its type. Its message may be logged: it names fields, and nothing of their content.
pub struct Misfit {
    fields: Vec<String>,
    payload: Box<Payload>,
}

impl Misfit {
    pub(super) fn new(misfits: Vec<String>, payload: Payload) -> Self {
        let fields = misfits.into_iter().map(|at| format!("data{at}")).collect();
        let payload = Box::new(payload);
        Self { fields, payload }
    }

    /// What does not fit, such as `data.closed_at` or `data.comments[2].created_at`; `data` if it is no object.
    pub fn fields(&self) -> &[String] {
        &self.fields
    }

    /// What the event says as far as it fits: what does not is `None`, and stands in `unread`. An event without the id that it is
    /// about is a [`Payload::Other`].
    pub fn into_payload(self) -> Payload {
        *self.payload
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        let named = &self.fields[..self.fields.len().min(NAMED)];
        write!(f, "the event does not fit its type: {}", named.join(", "))?;
        match self.fields.len() - named.len() {
            0 => Ok(()),
            more => write!(f, " and {more} more"),
        }
    }
}

impl fmt::Debug for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.debug_struct("Misfit")
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}

impl Error for Misfit {}
