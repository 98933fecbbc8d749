//! The held secrets over time. `now` is chosen, so an hour passes at once.

use jiff::{SignedDuration, Timestamp};
use receiver::authenticate::{Refusal, Rejection, authenticate};
use receiver::signing_secrets::SigningSecrets;
use serde_json::{Value, json};
use support::in_process::{Break, Envelope, Table, Wire};

use super::{put_secret, signed_by};

const MISMATCH: Result<(), Refusal> = Err(Refusal::Rejected(Rejection::Mismatch));

struct World {
    table: Table,
    wire: Wire,
    secrets: SigningSecrets,
}

impl World {
    /// Each value is put over the one before; nothing is read yet.
    async fn with(values: &[&str]) -> Self {
        let table = Table::new().await;
        for value in values {
            put_secret(&table, value).await;
        }
        let (config, wire) = Wire::to(&table.config);
        let secrets = SigningSecrets::new(&config, table.signing_secret_id.clone());
        Self {
            table,
            wire,
            secrets,
        }
    }

    /// The same, and it has been read just now.
    async fn that_has_read(values: &[&str]) -> (Self, Timestamp) {
        let (world, now) = (Self::with(values).await, Timestamp::now());
        assert!(world.secrets.read(now).await);
        (world, now)
    }

    /// What becomes of a delivery that was signed with `secret` at `now`, and arrives then.
    async fn verdict(&self, secret: &str, now: Timestamp) -> Result<(), Refusal> {
        let body = Envelope::new("ticket.created").body();
        let request = signed_by(secret, now, body.as_bytes());
        authenticate(request, &self.secrets, now).await.map(drop)
    }

    /// How often the secret has been read.
    fn readings(&self) -> usize {
        self.readings_of("AWSCURRENT")
    }

    fn readings_of(&self, stage: &str) -> usize {
        let requests = self.wire.requests("GetSecretValue");
        let of_stage = |request: &&Value| request["VersionStage"] == stage;
        requests.iter().filter(of_stage).count()
    }
}

fn seconds(seconds: i64) -> SignedDuration {
    SignedDuration::from_secs(seconds)
}

#[tokio::test]
async fn mismatches_read_the_secret_again_at_most_every_thirty_seconds() {
    let (world, start) = World::that_has_read(&["right"]).await;
    let within_a_minute = [(0, 1), (29, 1), (30, 2), (31, 2), (59, 2)];
    let later = [(60, 3), (61, 3), (61, 3)];
    for (after, readings) in within_a_minute.into_iter().chain(later) {
        let seen = world.verdict("wrong", start + seconds(after)).await;
        assert_eq!(seen, MISMATCH);
        assert_eq!(world.readings(), readings, "after {after} s");
    }
}

#[tokio::test]
async fn what_is_stale_or_malformed_reads_nothing_however_old_the_secret_is() {
    let world = World::with(&["right"]).await;
    let now = Timestamp::now();
    let body = Envelope::new("ticket.created").body();
    let stale = signed_by("right", now - seconds(301), body.as_bytes());
    let stale = authenticate(stale, &world.secrets, now).await.map(drop);
    assert_eq!(stale, Err(Refusal::Rejected(Rejection::Stale)));
    let mut malformed = signed_by("right", now, body.as_bytes());
    let header = "t=1".parse().unwrap();
    malformed.headers_mut().insert("x-alga-signature", header);
    let malformed = authenticate(malformed, &world.secrets, now).await.map(drop);
    assert_eq!(malformed, Err(Refusal::Rejected(Rejection::Malformed)));
    assert_eq!(world.wire.all_calls(), 0);
}

#[tokio::test]
async fn a_secret_is_kept_for_five_minutes_and_then_read_again() {
    let (world, start) = World::that_has_read(&["right"]).await;
    for (after, readings) in [(0, 1), (299, 1), (300, 2), (599, 2), (600, 3)] {
        assert_eq!(world.verdict("right", start + seconds(after)).await, Ok(()));
        assert_eq!(world.readings(), readings, "after {after} s");
    }
}

#[tokio::test]
async fn a_rotation_loses_no_delivery() {
    let (world, start) = World::that_has_read(&["old"]).await;
    put_secret(&world.table, "new").await;
    let seen = world.verdict("old", start + seconds(40)).await;
    assert_eq!(seen, Ok(()), "not read again yet");
    let seen = world.verdict("new", start + seconds(41)).await;
    assert_eq!(seen, Ok(()), "read again for it");
    let seen = world.verdict("old", start + seconds(42)).await;
    assert_eq!(seen, Ok(()), "still under way");
    assert_eq!(world.verdict("other", start + seconds(43)).await, MISMATCH);
    assert_eq!(world.readings(), 2);
}

#[tokio::test]
async fn the_previous_secret_counts_for_one_hour_from_when_the_current_one_was_put() {
    let world = World::with(&["old", "new"]).await;
    let current = aws_sdk_secretsmanager::Client::new(&world.table.config).get_secret_value();
    let current = current.secret_id(&world.table.signing_secret_id).send();
    let current = current.await.unwrap();
    let put_at = Timestamp::from_second(current.created_date().unwrap().secs()).unwrap();
    for (after, verdict) in [
        (1, Ok(())),
        (3599, Ok(())),
        (3600, MISMATCH),
        (3601, MISMATCH),
    ] {
        let now = put_at + seconds(after);
        assert!(world.secrets.read(now).await);
        let seen = world.verdict("old", now).await;
        assert_eq!(seen, verdict, "read {after} s after");
        assert_eq!(world.verdict("new", now).await, Ok(()));
    }
    assert!(world.secrets.read(put_at + seconds(3500)).await);
    assert_eq!(world.verdict("old", put_at + seconds(3599)).await, Ok(()));
    let seen = world.verdict("old", put_at + seconds(3600)).await;
    assert_eq!(seen, MISMATCH, "read before the hour was over");
}

/// When the current one is refused, the previous one has been asked for already.
#[tokio::test]
async fn both_versions_are_asked_for_at_once() {
    let world = World::with(&["old", "new"]).await;
    world
        .wire
        .cut("GetSecretValue", "AWSCURRENT", Break::Refused);
    assert!(!world.secrets.read(Timestamp::now()).await);
    let asked = ["AWSCURRENT", "AWSPREVIOUS"].map(|stage| world.readings_of(stage));
    assert_eq!(asked, [1, 1]);
}

#[tokio::test]
async fn a_previous_version_that_cannot_be_read_matters_only_while_it_counts() {
    let (world, now) = World::that_has_read(&["old", "new"]).await;
    put_secret(&world.table, "newest").await;
    world
        .wire
        .cut("GetSecretValue", "AWSPREVIOUS", Break::Refused);
    assert!(!world.secrets.read(now).await);
    for held in ["old", "new"] {
        assert_eq!(
            world.verdict(held, now).await,
            Ok(()),
            "what was held stays"
        );
    }
    let later = now + seconds(7200);
    assert!(world.secrets.read(later).await);
    assert_eq!(world.verdict("newest", later).await, Ok(()));
}

#[tokio::test]
async fn after_two_rotations_the_first_secret_no_longer_counts() {
    let (world, now) = World::that_has_read(&["first", "second", "third"]).await;
    for (secret, verdict) in [("third", Ok(())), ("second", Ok(())), ("first", MISMATCH)] {
        assert_eq!(world.verdict(secret, now).await, verdict, "{secret}");
    }
}

#[tokio::test]
async fn an_outage_of_secrets_manager_keeps_what_is_held_and_is_asked_about_every_thirty_seconds() {
    let (world, start) = World::that_has_read(&["right"]).await;
    // A refusal, which the SDK does not repeat by itself.
    world.wire.cut("GetSecretValue", "", Break::Refused);
    let in_time = [(299, 1), (300, 2), (301, 2), (329, 2)];
    for (after, readings) in in_time.into_iter().chain([(330, 3), (86_400, 4)]) {
        assert_eq!(world.verdict("right", start + seconds(after)).await, Ok(()));
        assert_eq!(world.readings(), readings, "after {after} s");
    }
    let seen = world.verdict("wrong", start + seconds(86_401)).await;
    assert_eq!(seen, MISMATCH);
}

#[tokio::test]
async fn a_value_that_cannot_be_used_is_refused_and_the_held_secret_stays() {
    let (empty, text) = (r#"{"a":{"secret":""}}"#, r#"{"a":"b"}"#);
    for broken in [" ", "\n", "{broken", "{}", empty, text] {
        let (world, start) = World::that_has_read(&["right"]).await;
        put_secret(&world.table, broken).await;
        assert!(!world.secrets.read(start).await, "{broken:?}");
        for after in [31, 300, 7200] {
            let seen = world.verdict("right", start + seconds(after)).await;
            assert_eq!(seen, Ok(()), "{broken:?}");
        }
        for forged in ["", broken.trim(), broken] {
            let seen = world.verdict(forged, start + seconds(7201)).await;
            assert_eq!(seen, MISMATCH, "{broken:?}");
        }
    }
}

#[tokio::test]
async fn a_receiver_that_starts_with_an_unusable_value_holds_nothing() {
    for broken in [" ", "{broken", "{}"] {
        let world = World::with(&["right", broken]).await;
        let now = Timestamp::now();
        for secret in ["right", "", broken] {
            let seen = world.verdict(secret, now).await;
            assert_eq!(seen, Err(Refusal::NoSecret), "{broken:?}");
        }
    }
}

#[tokio::test]
async fn a_broken_value_does_no_harm_once_it_is_the_previous_one() {
    for broken in [" ", "{broken", "{}"] {
        let world = World::with(&[broken, "right"]).await;
        let seen = world.verdict("right", Timestamp::now()).await;
        assert_eq!(seen, Ok(()), "{broken:?}");
    }
}

#[tokio::test]
async fn a_secret_without_a_value_holds_nothing_and_is_asked_for_after_longer_and_longer() {
    let world = World::with(&[]).await;
    let start = Timestamp::now();
    for (after, readings) in [(0, 1), (1, 2), (2, 2), (3, 3), (6, 3), (7, 4)] {
        let seen = world.verdict("any", start + seconds(after)).await;
        assert_eq!(seen, Err(Refusal::NoSecret));
        assert_eq!(world.readings(), readings, "after {after} s");
    }
    put_secret(&world.table, "right").await;
    let seen = world.verdict("right", start + seconds(14)).await;
    assert_eq!(seen, Err(Refusal::NoSecret));
    assert_eq!(world.verdict("right", start + seconds(15)).await, Ok(()));
}

/// The previous version holds the same secret without a tenant, and still counts for an hour.
#[tokio::test]
async fn a_binding_counts_as_soon_as_it_is_put() {
    let bound =
        |tenant: &str| json!({ "w": { "secret": "same", "tenant_id": tenant } }).to_string();
    let (world, start) = World::that_has_read(&["same", &bound("somebody else")]).await;
    let refused = Err(Refusal::Rejected(Rejection::OtherTenant));
    let body = Envelope::new("ticket.created").body();
    let verdict = async |now| {
        let request = signed_by("same", now, body.as_bytes());
        authenticate(request, &world.secrets, now).await.map(drop)
    };
    assert_eq!(verdict(start).await, refused);

    let envelope: Value = serde_json::from_str(&body).expect("it is JSON");
    let tenant = envelope["tenant_id"].as_str().expect("it names a tenant");
    put_secret(&world.table, &bound(tenant)).await;
    assert_eq!(verdict(start + seconds(29)).await, refused);
    assert_eq!(verdict(start + seconds(30)).await, Ok(()));
}
