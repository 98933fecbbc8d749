//! A comment, as the API lists it.

use std::fmt;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use shared::alga_api::Columns;
use uuid::Uuid;

/// The id of a comment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct CommentId(Uuid);

/// A comment that is published, or was before it was deleted.
#[derive(Clone, Debug, PartialEq)]
pub struct Comment {
    pub id: CommentId,
    /// Since when it can be seen: when it was published if it was scheduled, when it was written otherwise.
    pub shown_at: Timestamp,
    pub is_deleted: bool,
    /// What the sender's event says of it, of a comment that is about to be told.
    pub told: Option<Value>,
}

/// The comments of one ticket that are or were published.
#[derive(Debug)]
pub struct Thread {
    pub comments: Vec<Comment>,
    /// By `AlgaPSA`'s clock.
    pub read_at: Timestamp,
}

impl Comment {
    /// `None` for one that is scheduled, unpublished or cancelled.
    pub fn of(row: &Columns, is_told: impl Fn(CommentId) -> bool) -> Option<Self> {
        let state = row.get("publish_state").filter(|state| !state.is_null());
        if state.is_some_and(|state| state != "published") {
            return None;
        }
        let time = |column: &str| row.get(column)?.as_str()?.parse().ok();
        let id = CommentId::try_from(row.get("comment_id")?.as_str()?.to_owned()).ok()?;
        let shown_at = time("published_at").or_else(|| time("created_at"))?;
        let is_deleted = row.get("deleted_at").is_some_and(|at| !at.is_null());
        Some(Self {
            id,
            shown_at,
            is_deleted,
            told: (is_told(id) && !is_deleted).then(|| told(row, shown_at)),
        })
    }
}

/// In the sender's shape. It prefers the plain text, too, and has editor's JSON if there is none.
fn told(row: &Columns, shown_at: Timestamp) -> Value {
    let mut texts = ["markdown_content", "note"]
        .into_iter()
        .filter_map(|column| row.get(column)?.as_str().filter(|text| !text.is_empty()));
    json!({
        "text": texts.next().unwrap_or_default(),
        "author": row.get("created_by_name"),
        "timestamp": format!("{shown_at:.3}"),
        "is_internal": row.get("is_internal") == Some(&true.into()),
    })
}

impl fmt::Display for CommentId {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<CommentId> for String {
    fn from(id: CommentId) -> Self {
        id.to_string()
    }
}

impl From<Uuid> for CommentId {
    fn from(id: Uuid) -> Self {
        Self(id)
    }
}

impl TryFrom<String> for CommentId {
    type Error = uuid::Error;

    fn try_from(id: String) -> Result<Self, uuid::Error> {
        id.parse().map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "5d1c0a52-7b1f-4c2e-9e0d-3f2a9d6451c7";

    fn comment(more: &Value) -> Option<Comment> {
        let mut row = Columns::from_iter([
            ("comment_id".to_owned(), json!(ID)),
            ("created_at".to_owned(), json!("2026-08-24T09:00:00.120Z")),
        ]);
        row.extend(more.as_object().expect("an object").clone());
        Comment::of(&row, |_| true)
    }

    #[test]
    fn only_what_is_or_was_published_counts_and_from_when_it_could_be_seen() {
        let (written, published) = ("2026-08-24T09:00:00.12Z", "2026-08-24T11:00:00.3Z");
        for (more, shown_at) in [
            (json!({}), Some(written)),
            (
                json!({ "publish_state": null, "published_at": null }),
                Some(written),
            ),
            (json!({ "publish_state": "published" }), Some(written)),
            (
                json!({ "publish_state": "published", "published_at": "2026-08-24T11:00:00.300Z" }),
                Some(published),
            ),
            (json!({ "publish_state": "scheduled" }), None),
            (json!({ "publish_state": "unpublished" }), None),
            (json!({ "publish_state": "cancelled" }), None),
            (json!({ "comment_id": "12" }), None),
        ] {
            let found = comment(&more).map(|comment| comment.shown_at.to_string());
            assert_eq!(found.as_deref(), shown_at, "{more}");
        }
    }

    #[test]
    fn it_is_told_as_the_sender_tells_it_and_what_is_deleted_is_not() {
        let blocks = r#"[{"type":"paragraph"}]"#;
        let more = json!({ "markdown_content": "**Done**", "note": blocks, "created_by_name": "Jo", "is_internal": true });
        let told = comment(&more).expect("it is published").told;
        let expected = json!({
            "text": "**Done**", "author": "Jo", "timestamp": "2026-08-24T09:00:00.120Z", "is_internal": true,
        });
        assert_eq!(told, Some(expected));
        let bare = comment(&json!({ "markdown_content": "", "note": blocks }));
        let told = bare.expect("it is published").told.expect("it is told");
        assert_eq!(
            (&told["text"], &told["author"]),
            (&json!(blocks), &Value::Null)
        );
        let deleted = comment(&json!({ "deleted_at": "2026-08-24T09:01:00.000Z" }));
        assert_eq!(deleted.expect("it was published").told, None);
    }
}
