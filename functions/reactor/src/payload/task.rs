//! What events say of the tasks of projects.

use jiff::Timestamp;

use super::field::object;

object! {
    /// A task as an event tells it.
    pub struct Task {
        /// Its id.
        pub task_id: String,
        /// The id of its project.
        pub project_id: String,
        /// The name of its project.
        pub project_name: Option<String>,
        /// The id of the client that it is for.
        pub client_id: Option<String>,
        /// The name of that client.
        pub client_name: Option<String>,
        /// The id of its phase.
        pub phase_id: Option<String>,
        /// The name of its phase.
        pub phase_name: Option<String>,
        /// Its name.
        pub task_name: Option<String>,
        /// What it is about.
        pub description: Option<String>,
        /// The id of its status, within its project.
        pub status_id: Option<String>,
        /// The name of its status.
        pub status_name: Option<String>,
        /// Whether it is done.
        pub is_closed: Option<bool>,
        /// The id of the user who is to do it.
        pub assigned_to: Option<String>,
        /// The name of that user.
        pub assigned_to_name: Option<String>,
        /// How long it should take, in the unit that `AlgaPSA` keeps it in.
        pub estimated_hours: Option<f64>,
        /// How long it has taken, in the unit that `AlgaPSA` keeps it in.
        pub actual_hours: Option<f64>,
        /// When it is to be done.
        pub due_date: Option<Timestamp>,
        /// The id of its priority.
        pub priority_id: Option<String>,
        /// The name of its priority.
        pub priority_name: Option<String>,
        /// Its number in the plan, such as `1.2.3`.
        pub wbs_code: Option<String>,
        /// Its page in `AlgaPSA`.
        pub url: Option<String>,
        /// Its tags.
        pub tags: Option<Vec<String>>,
    }
}
