//! A payload written back as `data`, field by field, without the code under test.

use jiff::Timestamp;
use reactor::payload::{
    Change, Changes, Comment, Entry, Payload, Phase, Previous, Project, Task, TaskCounts, Ticket,
    Unread,
};
use serde_json::{Map, Value, json};

/// What a payload says.
pub struct Told {
    /// The type that its variant stands for.
    pub event_type: &'static str,
    pub data: Value,
    /// What has no field, wherever it is.
    pub unread: Vec<String>,
}

macro_rules! members {
    ($of:expr; $($field:ident)*) => {
        Map::from_iter([$((stringify!($field).to_owned(), json!($of.$field))),*])
    };
}

impl Told {
    pub fn of(payload: &Payload) -> Self {
        use Payload as P;
        let (event_type, told) = match payload {
            P::TicketCreated(of) => ("ticket.created", ticket(of)),
            P::TicketUpdated(of, changed) => ("ticket.updated", with(ticket(of), changes(changed))),
            P::TicketStatusChanged(of, before) => {
                ("ticket.status_changed", with(ticket(of), previous(before)))
            }
            P::TicketAssigned(of, changed) => {
                ("ticket.assigned", with(ticket(of), changes(changed)))
            }
            P::TicketClosed(of) => ("ticket.closed", ticket(of)),
            P::TicketCommentAdded(of, said) => (
                "ticket.comment.added",
                with(ticket(of), comment(said.as_ref())),
            ),
            P::TicketDeleted(of) => ("ticket.deleted", ticket(of)),
            P::ProjectCreated(of) => ("project.created", project(of)),
            P::ProjectUpdated(of, changed) => {
                ("project.updated", with(project(of), changes(changed)))
            }
            P::ProjectStatusChanged(of, before) => (
                "project.status_changed",
                with(project(of), previous(before)),
            ),
            P::ProjectAssigned(of) => ("project.assigned", project(of)),
            P::ProjectClosed(of) => ("project.closed", project(of)),
            P::ProjectCompleted(of) => ("project.completed", project(of)),
            P::TaskCreated(of) => ("project.task.created", task(of)),
            P::TaskUpdated(of, changed) => {
                ("project.task.updated", with(task(of), changes(changed)))
            }
            P::TaskStatusChanged(of, before) => (
                "project.task.status_changed",
                with(task(of), previous(before)),
            ),
            P::TaskAssigned(of) => ("project.task.assigned", task(of)),
            P::TaskCompleted(of) => ("project.task.completed", task(of)),
            P::Other(other) => panic!("{} has no variant", other.event_type),
        };
        Self { event_type, ..told }
    }

    fn new(data: Map<String, Value>, unread: &Unread) -> Self {
        Self {
            event_type: "",
            data: data.into(),
            unread: unread.names().map(str::to_owned).collect(),
        }
    }

    /// The same with objects within it.
    fn holding(mut self, name: &str, within: Option<Vec<Self>>) -> Self {
        let Some(within) = within else { return self };
        let (mut objects, mut unread) = (Vec::new(), Vec::new());
        for told in within {
            objects.push(told.data);
            unread.extend(told.unread);
        }
        self.data[name] = objects.into();
        self.unread.extend(unread);
        self
    }
}

/// What the type adds to the ticket, project or task.
fn with(mut told: Told, (name, added): (&str, Told)) -> Told {
    told.unread.extend(added.unread);
    match name {
        "" => {
            let added = added.data.as_object().expect("members").clone();
            told.data.as_object_mut().expect("members").extend(added);
        }
        name => told.data[name] = added.data,
    }
    told
}

fn changes(changes: &Changes) -> (&'static str, Told) {
    let mut all = Told::new(Map::new(), &Unread::default());
    for (name, change) in changes {
        let Change { unread, .. } = change;
        let change = Told::new(members!(change; previous new), unread);
        all = with(all, (name, change));
    }
    ("changes", all)
}

fn previous(
    Previous {
        status_id,
        status_name,
    }: &Previous,
) -> (&'static str, Told) {
    let members = [
        ("previous_status_id".to_owned(), json!(status_id)),
        ("previous_status_name".to_owned(), json!(status_name)),
    ];
    ("", Told::new(Map::from_iter(members), &Unread::default()))
}

fn comment(comment: Option<&Comment>) -> (&'static str, Told) {
    let none = || Told::new(Map::new(), &Unread::default());
    let told = comment.map(|comment| {
        let members = members!(comment; text author timestamp is_internal);
        Told::new(members, &comment.unread)
    });
    ("comment", told.unwrap_or_else(none))
}

fn ticket(ticket: &Ticket) -> Told {
    let members = members!(ticket; ticket_id ticket_number title status_id status_name priority_id priority_name client_id
        client_name contact_name_id contact_name contact_email assigned_to assigned_to_name assigned_team_id board_id board_name
        category_id subcategory_id is_closed entered_at updated_at closed_at due_date tags url suppress_contact_notifications
        suppress_internal_notifications);
    let comments = ticket.comments.as_ref();
    let comments = comments.map(|comments| comments.iter().map(entry).collect());
    Told::new(members, &ticket.unread).holding("comments", comments)
}

fn entry(entry: &Entry) -> Told {
    let members =
        members!(entry; comment_id text author is_internal is_resolution created_at updated_at);
    Told::new(members, &entry.unread)
}

fn project(project: &Project) -> Told {
    let members = members!(project; project_id project_name wbs_code description status_id status_name is_closed client_id
        client_name contact_name_id contact_name contact_email assigned_to assigned_to_name start_date end_date budgeted_hours url);
    let phases = project.phases.as_ref();
    let phases = phases.map(|phases| phases.iter().map(phase).collect());
    let told = Told::new(members, &project.unread).holding("phases", phases);
    let counts = project.task_counts.as_ref().map(task_counts);
    match counts {
        Some(counts) => with(told, ("task_counts", counts)),
        None => told,
    }
}

fn phase(phase: &Phase) -> Told {
    let members = members!(phase; phase_id phase_name description start_date end_date status_id status_name order_key
        order_number wbs_code);
    Told::new(members, &phase.unread)
}

fn task_counts(counts: &TaskCounts) -> Told {
    let members = members!(counts; total completed overdue by_status);
    Told::new(members, &counts.unread)
}

fn task(task: &Task) -> Told {
    let members = members!(task; task_id project_id project_name client_id client_name phase_id phase_name task_name description
        status_id status_name is_closed assigned_to assigned_to_name estimated_hours actual_hours due_date priority_id
        priority_name wbs_code url tags);
    Told::new(members, &task.unread)
}

/// JSON without what says nothing, null and the empty object, and with each time and number written in one way.
pub fn plain(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members
                .into_iter()
                .map(|(name, value)| (name, plain(value)));
            let says = |value: &Value| !value.is_null() && *value != json!({});
            members.filter(|(_, value)| says(value)).collect()
        }
        Value::Array(elements) => elements.into_iter().map(plain).collect(),
        Value::Number(number) => json!(number.as_f64()),
        Value::String(text) => match text.parse::<Timestamp>() {
            Ok(time) => json!(time.to_string()),
            Err(_) => text.into(),
        },
        value => value,
    }
}
