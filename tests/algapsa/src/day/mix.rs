//! How the changes of a working day are made up. These are assumptions: nobody has counted. A test that depends on one says so.

use crate::desk::Act::{
    self, Agent, Assign, Board, Cancel, Category, Client, Close, Contact, Create, Delete,
    DeleteComment, Describe, DueDate, EditComment, LeaveTeam, Note, Nothing, Other, Priority,
    Reopen, Reply, Schedule, Status, Tags, Title, Unassign, Watchers,
};
use crate::desk::Way::{
    self, Activities, Api, AutoClose, Bulk, Import, InboundWebhook, Mail, Portal, Rmm, Sla,
    TimeEntry, Ui, Workflow,
};
use crate::sender::Chance;

/// What happens how often.
#[derive(Clone, Copy, Debug)]
pub struct Mix {
    /// By which it can be asked for.
    pub name: &'static str,
    /// Of each so many, out of the sum of all.
    pub weights: &'static [(u64, Way, Act)],
    /// In how many saves of several fields one has a second one.
    pub second_in: u64,
    /// How many saves it takes for one that is rolled back after something of it was announced.
    pub rolled_back_in: u64,
    /// After how many announced changes AlgaPSA sends a mail to somebody; nothing if it sends none.
    pub mailed_in: Option<u64>,
    /// How many tickets a bulk change or an import has, at least and at most.
    pub batch: (u64, u64),
}

impl Mix {
    /// What somebody does next.
    pub(super) fn pick(&self, chance: &mut Chance) -> (Way, Act) {
        let mut left = chance.below(self.weights.iter().map(|(weight, ..)| weight).sum());
        for (weight, way, act) in self.weights {
            if left < *weight {
                return (*way, *act);
            }
            left -= weight;
        }
        unreachable!("the weights are the sum of themselves")
    }
}

/// People in AlgaPSA's pages do most of it.
pub const MOSTLY_UI: Mix = Mix {
    name: "mostly-ui",
    weights: &[
        (45, Ui, Create),
        (90, Ui, Status),
        (45, Ui, Close),
        (12, Ui, Reopen),
        (70, Ui, Assign),
        (6, Ui, Unassign),
        (12, Ui, Act::Team),
        (4, Ui, LeaveTeam),
        (45, Ui, Priority),
        (15, Ui, Board),
        (20, Ui, Category),
        (6, Ui, Client),
        (10, Ui, Contact),
        (20, Ui, Title),
        (25, Ui, DueDate),
        (10, Ui, Describe),
        (8, Ui, Other),
        (25, Ui, Tags),
        (140, Ui, Reply),
        (90, Ui, Note),
        (20, Ui, Schedule),
        (6, Ui, Cancel),
        (8, Ui, EditComment),
        (3, Ui, DeleteComment),
        (5, Ui, Act::Bundle),
        (2, Ui, Delete),
        (1, Bulk, Status),
        (1, Bulk, Close),
        (1, Bulk, Assign),
        (1, Bulk, Priority),
        (12, AutoClose, Close),
        (25, Portal, Create),
        (4, Portal, Status),
        (4, Portal, Close),
        (4, Portal, Reopen),
        (50, Portal, Reply),
        (40, Mail, Create),
        (70, Mail, Reply),
        (12, Mail, Reopen),
        (5, Mail, Watchers),
        (5, Workflow, Priority),
        (5, Workflow, Assign),
        (5, Api, Note),
        (8, Activities, Status),
        (4, Activities, Priority),
        (6, TimeEntry, Assign),
        (12, Sla, DueDate),
    ],
    second_in: 6,
    rolled_back_in: 150,
    mailed_in: Some(2),
    batch: (5, 60),
};

/// The tenant's workflows do half of it.
pub const WORKFLOW_HEAVY: Mix = Mix {
    name: "workflow-heavy",
    weights: &[
        (40, Workflow, Create),
        (90, Workflow, Status),
        (50, Workflow, Close),
        (15, Workflow, Reopen),
        (90, Workflow, Assign),
        (70, Workflow, Priority),
        (30, Workflow, Category),
        (10, Workflow, Title),
        (40, Workflow, Reply),
        (60, Workflow, Note),
        (40, Ui, Create),
        (60, Ui, Status),
        (40, Ui, Close),
        (50, Ui, Assign),
        (30, Ui, Priority),
        (10, Ui, Title),
        (15, Ui, DueDate),
        (15, Ui, Tags),
        (90, Ui, Reply),
        (50, Ui, Note),
        (30, Mail, Create),
        (50, Mail, Reply),
        (10, Mail, Reopen),
        (5, AutoClose, Close),
        (10, Sla, DueDate),
    ],
    second_in: 8,
    rolled_back_in: 200,
    mailed_in: Some(3),
    batch: (5, 40),
};

/// Other programs do most of it: through the API, by inbound webhooks, from an RMM, with imports.
pub const INTEGRATION_HEAVY: Mix = Mix {
    name: "integration-heavy",
    weights: &[
        (60, Api, Create),
        (80, Api, Status),
        (50, Api, Close),
        (10, Api, Reopen),
        (50, Api, Assign),
        (5, Api, Unassign),
        (10, Api, Act::Team),
        (3, Api, LeaveTeam),
        (8, Api, Agent),
        (50, Api, Priority),
        (10, Api, Board),
        (10, Api, Category),
        (5, Api, Client),
        (5, Api, Contact),
        (20, Api, Title),
        (20, Api, DueDate),
        (30, Api, Nothing),
        (40, Api, Reply),
        (60, Api, Note),
        (5, Api, EditComment),
        (2, Api, DeleteComment),
        (3, Api, Act::Bundle),
        (3, Api, Delete),
        (30, InboundWebhook, Create),
        (40, InboundWebhook, Status),
        (15, InboundWebhook, Close),
        (20, InboundWebhook, Priority),
        (10, InboundWebhook, Assign),
        (10, InboundWebhook, Title),
        (40, InboundWebhook, Reply),
        (70, Rmm, Create),
        (1, Import, Create),
        (10, Workflow, Priority),
        (10, Workflow, Assign),
        (20, Ui, Status),
        (15, Ui, Close),
        (20, Ui, Assign),
        (30, Ui, Reply),
        (20, Ui, Note),
        (1, Bulk, Close),
        (20, Mail, Reply),
        (5, Mail, Reopen),
    ],
    second_in: 4,
    rolled_back_in: 100,
    mailed_in: None,
    batch: (30, 150),
};

/// All of them.
pub const MIXES: [&Mix; 3] = [&MOSTLY_UI, &WORKFLOW_HEAVY, &INTEGRATION_HEAVY];
