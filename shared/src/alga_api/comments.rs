//! The comments of a ticket.

use anyhow::Context;
use jiff::Timestamp;
use percent_encoding::utf8_percent_encode;
use serde::Deserialize;

use super::call::{Asked, Cost, parsed};
use super::{AlgaApi, Columns, LARGEST_LIST, LIST_TIMEOUT, Missing, UNRESERVED};
use crate::clock::Clock;

/// How many comments an answer has at most.
pub const COMMENTS_AT_ONCE: usize = 200;

/// Some comments of a ticket.
#[derive(Clone, Debug)]
pub struct Comments {
    /// All of them, whether published, scheduled, cancelled or deleted, the newest first.
    pub rows: Vec<Columns>,
    /// When they were read, by the API's own clock if it tells that, to the second.
    pub read_at: Timestamp,
}

impl AlgaApi {
    /// Reads the [newest](COMMENTS_AT_ONCE) comments of a ticket but for the first so many; `None` if the ticket is gone. That
    /// is the only call that the API does not count against the rate limit.
    pub async fn comments(
        &self,
        ticket_id: &str,
        but: usize,
        clock: &Clock,
    ) -> Result<Option<Comments>, Missing> {
        #[derive(Deserialize)]
        struct Answer {
            data: Vec<Columns>,
        }
        let id = utf8_percent_encode(ticket_id, &UNRESERVED);
        let asked = Asked {
            // Only the full format tells what is published.
            path: format!(
                "/{id}/comments?limit={COMMENTS_AT_ONCE}&offset={but}&order=desc&content_format=full"
            ),
            cost: Cost::Nothing,
            timeout: LIST_TIMEOUT,
            largest: LARGEST_LIST,
        };
        let answered = self.get(&asked, clock).await?;
        let read_at = answered.read_at();
        let Some(body) = answered.body else {
            return Ok(None);
        };
        let answer: Option<Answer> = parsed(&body);
        let answer = answer.context("the ticket API's answer is not a list of comments")?;
        Ok(Some(Comments {
            rows: answer.data,
            read_at,
        }))
    }
}
