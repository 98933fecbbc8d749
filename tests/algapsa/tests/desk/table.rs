//! Every row of the table, done to a ticket.

use std::fmt::Write;

use algapsa::desk::{Act, Field, Happened, Moves, Row, TABLE, Way};
use uuid::Uuid;

use super::World;

/// By which way, what, the types of its events (with `!` those that are published before the commit), the columns that
/// differ, and in brackets those that `changes` names.
const EXPECTED: &str = "\
Ui Create: created | (exists) | moves
Ui Status: status_changed! updated | status_id [status_id] |
Ui Close: status_changed! closed | status_id closed_at |
Ui Reopen: status_changed! updated | status_id closed_at [status_id] |
Ui Assign: assigned | assigned_to |
Ui Unassign: updated | assigned_to [assigned_to] |
Ui Team: assigned | assigned_team_id | moves
Ui LeaveTeam: | assigned_team_id | moves
Ui Priority: updated | priority_id [priority_id] |
Ui Board: updated | board_id [board_id] |
Ui Category: updated | category_id [category_id] |
Ui Client: updated | client_id |
Ui Contact: updated | contact_name_id |
Ui Title: updated | title [title] |
Ui DueDate: updated | due_date |
Ui Describe: updated | | moves
Ui Other: updated | |
Ui Tags: | tags |
Ui Reply: comment.added | |
Ui Note: comment.added | |
Ui Schedule: | |
Ui Cancel: | |
Ui EditComment: | |
Ui DeleteComment: | |
Ui Bundle: | | moves
Ui Delete: | (exists) |
Bulk Status: status_changed! updated | status_id [status_id] |
Bulk Close: status_changed! closed | status_id closed_at |
Bulk Assign: assigned | assigned_to |
Bulk Priority: updated | priority_id [priority_id] |
Bulk Board: updated | board_id [board_id] |
Bulk DueDate: updated | due_date |
AutoClose Close: status_changed! closed | status_id closed_at |
AutoClose Reply: | |
Portal Create: created | (exists) | moves
Portal Status: updated! | status_id [status_id] | moves
Portal Close: closed! | status_id closed_at | moves
Portal Reopen: | status_id closed_at | moves
Portal Reply: comment.added! | |
Api Create: created | (exists) | moves
Api Status: updated! | status_id [status_id] | moves
Api Close: closed! updated! | status_id closed_at [status_id] | moves
Api Reopen: updated! | status_id closed_at [status_id] | moves
Api Assign: updated! | assigned_to [assigned_to] | moves
Api Unassign: updated! | assigned_to [assigned_to] | moves
Api Priority: updated! | priority_id [priority_id] | moves
Api Board: updated! | board_id [board_id] | moves
Api Category: updated! | category_id [category_id] | moves
Api Client: updated! | client_id | moves
Api Contact: updated! | contact_name_id | moves
Api Title: updated! | title [title] | moves
Api DueDate: updated! | due_date [due_date] | moves
Api Nothing: updated! | | moves
Api Team: assigned | assigned_team_id | moves
Api LeaveTeam: | assigned_team_id | moves
Api Agent: assigned | assigned_to | moves
Api Reply: comment.added! | | moves
Api Note: comment.added! | | moves
Api EditComment: | |
Api DeleteComment: | |
Api Bundle: | | moves
Api Delete: | (exists) |
Mail Create: created | (exists) | moves
Mail Reply: comment.added | |
Mail Reopen: | status_id closed_at | moves
Mail Watchers: | | moves
Notifier Mailed: | | moves
Workflow Create: | (exists) | moves
Workflow Status: | status_id | moves
Workflow Close: | status_id closed_at | moves
Workflow Reopen: | status_id | moves
Workflow Assign: | assigned_to | moves
Workflow Priority: | priority_id | moves
Workflow Category: | category_id | moves
Workflow Title: | title | moves
Workflow Reply: | |
Workflow Note: | |
InboundWebhook Create: | (exists) | moves
InboundWebhook Status: | status_id | moves
InboundWebhook Close: | status_id | moves
InboundWebhook Reopen: | status_id | moves
InboundWebhook Assign: | assigned_to | moves
InboundWebhook Priority: | priority_id | moves
InboundWebhook Title: | title | moves
InboundWebhook Reply: | |
Bundle Status: | status_id | moves
Bundle Close: | status_id | moves
Bundle Reopen: | status_id | moves
Bundle Assign: | assigned_to | moves
Bundle Unassign: | assigned_to | moves
Bundle Priority: | priority_id | moves
Bundle Reply: | |
Rmm Create: created | (exists) | moves
Rmm Close: | status_id | moves
Activities Status: | status_id | moves
Activities Close: | status_id | moves
Activities Reopen: | status_id | moves
Activities Assign: | assigned_to | moves
Activities Priority: | priority_id | moves
TimeEntry Assign: | assigned_to | moves
Import Create: | (exists) | moves
Sla DueDate: | due_date |
Scheduler Publish: comment.added | |
";

/// A ticket to which it can be done, made so in AlgaPSA's pages if need be.
fn prepared(world: &mut World, act: Act) -> Uuid {
    let ticket = match act {
        Act::Reopen => world.ticket(|desk, ticket| !desk.is_open(ticket)),
        Act::Agent => {
            world.ticket(|desk, ticket| desk.is_open(ticket) && ticket.assignee.is_none())
        }
        Act::Unassign => {
            world.ticket(|desk, ticket| desk.is_open(ticket) && ticket.assignee.is_some())
        }
        Act::EditComment | Act::DeleteComment => {
            world.ticket(|_, ticket| !ticket.comments.is_empty())
        }
        _ => world.ticket(|desk, ticket| desk.is_open(ticket) && ticket.assignee.is_some()),
    };
    let first = match act {
        Act::LeaveTeam => Some(Act::Team),
        Act::Publish | Act::Cancel => Some(Act::Schedule),
        _ => None,
    };
    if let Some(first) = first {
        world.does(Way::Ui, first, ticket.id);
    }
    ticket.id
}

fn perform(world: &mut World, row: &Row) -> Happened {
    if row.act == Act::Create {
        let draft = world.desk.draft(&mut world.chance);
        let at = world.now();
        return world.desk.create(row.way, draft, at);
    }
    let id = prepared(world, row.act);
    world.does(row.way, row.act, id)
}

fn told(happened: &Happened) -> String {
    let mut line = format!("{:?} {:?}:", happened.way, happened.acts[0]);
    for announced in &happened.announced {
        let before = if announced.occurred_at < happened.at {
            "!"
        } else {
            ""
        };
        let _ = write!(
            line,
            " {}{before}",
            announced.event_type.trim_start_matches("ticket.")
        );
    }
    line.push_str(" |");
    for difference in &happened.differences {
        let column = match difference.field {
            Field::Existence => "(exists)",
            field => field.column(),
        };
        let _ = write!(line, " {column}");
    }
    for announced in &happened.announced {
        if let Some(changes) = announced.adds("changes") {
            let names: Vec<_> = changes
                .as_object()
                .unwrap()
                .keys()
                .map(String::as_str)
                .collect();
            let _ = write!(line, " [{}]", names.join(" "));
        }
    }
    line.push_str(if happened.moved_updated_at {
        " | moves\n"
    } else {
        " |\n"
    });
    line
}

#[test]
fn every_row_changes_announces_and_moves_what_it_should() {
    let mut all = String::new();
    for row in TABLE {
        let mut world = World::new();
        let happened = perform(&mut world, row);
        assert_eq!(happened.acts, [row.act]);
        all.push_str(&told(&happened));
        let is_moved = row.moves != Moves::No;
        assert_eq!(happened.moved_updated_at, is_moved, "{row:?}");
    }
    for (told, expected) in all.lines().zip(EXPECTED.lines()) {
        assert_eq!(told, expected);
    }
    assert_eq!(all.lines().count(), EXPECTED.lines().count());
}
