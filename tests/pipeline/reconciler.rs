//! The reconciler, deployed: what AlgaPSA never tells of reaches the target after what it told itself, and once.

use algapsa::day::Day;
use algapsa::desk::{Change, Desk, Happened, Way};
use algapsa::ticket_api::{Installation, KEY, TicketApi};
use jiff::Timestamp;
use serde_json::{Value, json};
use support::{Call, Pipeline, Policy, SOON, cloud, wait_for};
use uuid::Uuid;

const SEED: u64 = 11;
const DELETED: &str = "ticket.deleted";

/// An AlgaPSA with a desk of twenty tickets, and a stack whose reconciler waits for nothing.
struct World {
    pipeline: Pipeline,
    api: TicketApi,
    /// Of all tickets, also of those that are deleted since.
    titles: Vec<String>,
}

impl World {
    fn deploy() -> Self {
        let now = Timestamp::now();
        let desk = Desk::with_tickets(SEED, 20, now);
        let titles = desk.tickets().map(|ticket| ticket.title.clone());
        let titles = titles.collect();
        let installation = Installation::new([Day::idle(desk, now)]);
        let api = TicketApi::serving(installation, Timestamp::now);
        let pipeline = Pipeline::deploy(&format!(
            "HoldSeconds=0 TicketApiUrl={} ReconcileMinutes=60 ReconcileGraceMinutes=0",
            api.url
        ));
        pipeline.stack.put_ticket_api_key(KEY);
        Self {
            pipeline,
            api,
            titles,
        }
    }

    /// Runs the reconciler, and gives what it says of the run.
    fn reconcile(&self) -> Value {
        let function = &self.pipeline.stack.reconciler_function;
        let (run, failed) = cloud::invoke(function, &json!({})).expect("it runs");
        assert!(!failed, "{run}");
        assert_eq!(run.get("not_whole"), None, "{run}");
        let mut titles = self.titles.iter();
        let told = titles.find(|title| run.to_string().contains(*title));
        assert_eq!(told, None, "an answer has no content");
        run
    }

    /// How many events a run announces.
    fn announces(&self) -> u64 {
        let run = self.reconcile();
        run["announced"].as_u64().expect("it says so")
    }

    /// Changes a ticket in that way, and gives what happened to it.
    fn save(&self, way: Way, id: Uuid, change: Change) -> Happened {
        let changed = |desk: &mut Desk| desk.save(way, id, &[change], Timestamp::now());
        self.api.change(changed).pop().expect("it has happened")
    }

    /// The calls about a ticket, as many as that, each with its type, its order, and whether it was announced by us.
    fn told(&self, id: Uuid, count: usize) -> Vec<[String; 3]> {
        let calls = self.pipeline.target.wait_for_calls(&id.to_string(), count);
        let told = |call: &Call| {
            ["type", "order", "unannounced"].map(|name| {
                let name = match name {
                    "type" => "x-alga-event-type".to_owned(),
                    name => format!("x-alga-{name}"),
                };
                call.header(&name).to_owned()
            })
        };
        calls.iter().map(told).collect()
    }
}

#[test]
fn promise_7_noticed() {
    let world = World::deploy();
    let (changed, deleted, status) = world.api.desk(|desk| {
        let mut open = desk.tickets().filter(|ticket| desk.is_open(ticket));
        let [changed, deleted] = [open.next(), open.next()].map(|ticket| ticket.expect("it is"));
        let mut others = desk.catalogue().open.iter();
        let status = others.find(|status| **status != changed.status);
        (
            changed.clone(),
            deleted.id,
            *status.expect("there are several"),
        )
    });
    assert_eq!(world.reconcile()["is_first"], true);

    let priority = world.api.desk(|desk| {
        let mut others = desk.catalogue().priorities.iter();
        let other = others.find(|priority| **priority != changed.priority);
        *other.expect("there are several")
    });
    let told = world.save(Way::Ui, changed.id, Change::Priority(priority));
    let event = told.announced[0].event();
    world.pipeline.sender.deliver(&event);
    world.pipeline.target.wait_for_reaction(&event);
    let silent = world.save(Way::Workflow, changed.id, Change::Status(status));
    let gone = world.save(Way::Ui, deleted, Change::Delete);
    assert_eq!(silent.announced.len() + gone.announced.len(), 0);

    assert_eq!(
        world.announces(),
        0,
        "an event may still come, if not for long"
    );
    assert_eq!(world.announces(), 2);
    let usual = ["ticket.updated", "in-order", ""].map(str::to_owned);
    let found = ["ticket.status_changed", "in-order", "true"].map(str::to_owned);
    let both = [usual, found];
    assert_eq!(world.told(changed.id, 2), both);
    let gone = [[DELETED, "in-order", "true"].map(str::to_owned)];
    assert_eq!(world.told(deleted, 1), gone);

    let calls = world.pipeline.target.calls(&changed.id.to_string());
    let envelope: Value = serde_json::from_slice(&calls[1].body).expect("JSON");
    assert_eq!(envelope["unannounced"], true);
    let (before, after) = (changed.status.to_string(), status.to_string());
    assert_eq!(envelope["data"]["previous_status_id"], before.as_str());
    assert_eq!(envelope["data"]["status_id"], after.as_str());
    let secret = &world.pipeline.stack.reaction_secret;
    assert!(calls[1].is_signed_with(secret), "as any other event");

    assert_eq!(world.announces(), 0, "everything has been told");
    assert_eq!(world.told(changed.id, 2), both);
    assert_eq!(world.told(deleted, 1), gone);
}

/// Each statement of its role, an action of it, and whether only a function that has just started does that.
const NEEDED: [(&str, &str, bool); 7] = [
    ("ReadApiKeys", "secretsmanager:GetSecretValue", true),
    ("ReadObjects", "s3:GetObject", false),
    ("FindEvents", "dynamodb:Query", false),
    ("KeepEvents", "dynamodb:GetItem", false),
    ("KeepEvents", "dynamodb:PutItem", false),
    ("RingDoorbells", "sqs:SendMessage", false),
    ("StoreObjects", "s3:PutObject", false),
];
/// What the local AWS does not check.
const UNCHECKED: [&str; 3] = ["logs:CreateLogStream", "logs:PutLogEvents", "s3:ListBucket"];

/// Without any of them the run says what it may not do, and changes nothing; with it again the next one tells everything.
#[test]
fn each_permission_of_the_reconciler_is_needed() {
    let world = World::deploy();
    assert_eq!(world.reconcile()["is_first"], true);
    let function = &world.pipeline.stack.reconciler_function;
    let policy = Policy::of(function, "reconciler");
    let open = world.api.desk(|desk| {
        let open = desk.tickets().filter(|ticket| desk.is_open(ticket));
        open.map(|ticket| ticket.id).collect::<Vec<_>>()
    });
    for (&(sid, action, cold), id) in NEEDED.iter().zip(open) {
        // One change is told, so that there is an event to look at, and one is not.
        let told = world.save(Way::Ui, id, Change::Title(format!("Told before {action}")));
        world.pipeline.sender.deliver(&told.announced[0].event());
        world.save(
            Way::Workflow,
            id,
            Change::Title(format!("Silent before {action}")),
        );
        world.reconcile();
        policy.without(sid, action);
        if cold {
            cloud::configure(function, &json!({ "MemorySize": 256 })).expect("it can be changed");
        }
        let (run, _) = cloud::invoke(function, &json!({})).expect("it runs");
        let why = run["not_whole"].as_str().unwrap_or_default();
        let refused = ["not authorized", "AccessDenied"]
            .iter()
            .any(|word| why.contains(word));
        assert!(refused, "{action}: {run}");
        policy.restore();
        // A key that could not be read is not asked for again at once.
        let run = wait_for("a whole run", SOON, || {
            let (run, _) = cloud::invoke(function, &json!({})).expect("it runs");
            run.get("not_whole").is_none().then_some(run)
        });
        assert_eq!(run["announced"], 1, "{action}: {run}");
    }
    let tried = NEEDED.iter().map(|(_, action, _)| *action);
    let tried: Vec<_> = tried.chain(UNCHECKED).collect();
    let all = policy.permissions();
    let untried: Vec<_> = all
        .iter()
        .filter(|(_, action)| !tried.contains(&action.as_str()))
        .collect();
    assert!(untried.is_empty(), "{untried:?}");
}
