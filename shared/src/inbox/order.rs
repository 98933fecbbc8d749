/// Whether an event is in order or late.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Order {
    /// Nothing after it in its stream has been attempted before.
    InOrder,
    /// The watermark was already past it: an event after it has been attempted before.
    Late,
}

impl Order {
    /// The word for it in logs, headers and the table.
    pub fn word(self) -> &'static str {
        match self {
            Self::InOrder => "in-order",
            Self::Late => "late",
        }
    }

    pub(super) fn of_word(word: &str) -> Option<Self> {
        let mut orders = [Self::InOrder, Self::Late].into_iter();
        orders.find(|order| order.word() == word)
    }
}
