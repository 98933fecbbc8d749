//! Which part of a ticket a scan shows.

use serde::{Deserialize, Serialize};

use crate::field::Field;

/// What can be chosen and is needed.
const CHOSEN: &str = "&fields=ticket_id,ticket_number,title,status_id,status_name,status_is_closed,priority_name,\
    assigned_to_name,client_name,contact_name,updated_at,entered_at,closed_at,tags";

/// Which columns a scan shows. Lists show no tags unless fields are chosen, and chosen fields leave some ids out. So scans
/// take turns, each with as many calls as a scan of everything would take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum View {
    /// Every column, but no tags.
    Columns,
    /// Tags and the columns that can be chosen.
    Chosen,
}

impl View {
    /// What asks for it in the query of a list.
    pub fn parameter(self) -> &'static str {
        match self {
            Self::Columns => "",
            Self::Chosen => CHOSEN,
        }
    }

    /// One that shows that field.
    pub fn of(field: Field) -> Self {
        match field {
            Field::Tags => Self::Chosen,
            _ => Self::Columns,
        }
    }

    /// Whether it shows that field.
    pub fn shows(self, field: Field) -> bool {
        use Field::{Category, Contact, DueDate, Priority, Tags};
        match self {
            Self::Columns => field != Tags,
            Self::Chosen => ![Priority, Category, Contact, DueDate].contains(&field),
        }
    }
}
