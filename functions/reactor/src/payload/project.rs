//! What events say of projects.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::field::object;

object! {
    /// A project as an event tells it.
    pub struct Project {
        /// Its id.
        pub project_id: String,
        /// Its name.
        pub project_name: Option<String>,
        /// Its number in the plan, such as `1`.
        pub wbs_code: Option<String>,
        /// What it is about.
        pub description: Option<String>,
        /// The id of its status.
        pub status_id: Option<String>,
        /// The name of its status.
        pub status_name: Option<String>,
        /// Whether it is closed.
        pub is_closed: Option<bool>,
        /// The id of the client that it is for.
        pub client_id: Option<String>,
        /// The name of that client.
        pub client_name: Option<String>,
        /// The id of the person at the client.
        pub contact_name_id: Option<String>,
        /// The name of that person.
        pub contact_name: Option<String>,
        /// The e-mail address of that person.
        pub contact_email: Option<String>,
        /// The id of the user who leads it.
        pub assigned_to: Option<String>,
        /// The name of that user.
        pub assigned_to_name: Option<String>,
        /// When it begins.
        pub start_date: Option<Timestamp>,
        /// When it is to end.
        pub end_date: Option<Timestamp>,
        /// How many hours it may take.
        pub budgeted_hours: Option<f64>,
        /// Its page in `AlgaPSA`.
        pub url: Option<String>,
        /// Its phases, in order.
        pub phases: Option<Vec<Phase>>,
        /// How many tasks it has.
        pub task_counts: Option<TaskCounts>,
    }
}

object! {
    /// A phase of a project.
    pub struct Phase {
        /// Its id.
        pub phase_id: String,
        /// Its name.
        pub phase_name: Option<String>,
        /// What it is about.
        pub description: Option<String>,
        /// When it begins.
        pub start_date: Option<Timestamp>,
        /// When it is to end.
        pub end_date: Option<Timestamp>,
        /// The id of its status.
        pub status_id: Option<String>,
        /// The name of its status.
        pub status_name: Option<String>,
        /// Its place among the phases, compared as text.
        pub order_key: Option<String>,
        /// Its place among the phases, counted, as older ones have it.
        pub order_number: Option<f64>,
        /// Its number in the plan, such as `1.2`.
        pub wbs_code: Option<String>,
    }
}

object! {
    /// How many tasks a project has.
    pub struct TaskCounts {
        /// All.
        pub total: Option<u64>,
        /// Those that are done.
        pub completed: Option<u64>,
        /// Those that are not done and should be.
        pub overdue: Option<u64>,
        /// By the name of their status.
        pub by_status: Option<BTreeMap<String, u64>>,
    }
}
