//! Whether the webhook delivers with the secret that the stack holds, so that nothing need be changed.

use anyhow::{Result, ensure};
use jiff::Timestamp;
use uuid::Uuid;

use super::{Wanted, failed, seen};
use crate::commands::connect::algapsa::{Api, Refusal};
use crate::commands::connect::history;
use crate::commands::connect::steps::Steps;
use crate::commands::connect::test::Proof;
use crate::context::Stack;
use crate::output::hint;
use crate::signing::versions::{Version, Versions};

const WORKS: &str =
    "AlgaPSA's test was accepted with the secret that the stack holds, so nothing was changed.";

/// A test that passes before anything is changed, if there is a secret already. Only if AlgaPSA's signature was refused does
/// another secret help: then there is neither proof nor refusal.
pub async fn works(
    api: &Api,
    id: Uuid,
    wanted: &Wanted,
    stack: &Stack,
    steps: &Steps,
) -> Result<Option<Result<Proof, Refusal>>> {
    let Some(current) = Versions::read(stack).await?.current else {
        return Ok(None);
    };
    let asked = Timestamp::now();
    let tested = match api.test(id).await {
        Ok(tested) => tested,
        Err(refusal) => return Ok(Some(Err(refusal))),
    };
    if tested.is_proof() {
        steps.tell(WORKS)?;
        let proof = seen(asked, wanted, stack, steps).await?;
        return Ok(Some(Ok(proof)));
    }
    ensure!(
        tested.status == Some(401),
        failed(&tested, &stack.webhook_url)
    );
    is_nobody_elses(&current, id, stack).await?;
    Ok(None)
}

/// A single secret that deliveries are signed with, but not those of this webhook, belongs to another one.
async fn is_nobody_elses(current: &Version, id: Uuid, stack: &Stack) -> Result<()> {
    let is_single = !current
        .secrets()
        .is_ok_and(|held| held.iter().any(|one| one.webhook_id.is_some()));
    let last = history::last_authentic(stack).await?;
    let is_in_use = last.is_some_and(|last| last.at.0 >= current.put_at);
    ensure!(
        !(is_single && is_in_use),
        hint(&format!(
            "nothing was changed: another webhook signs with the secret that the stack holds. To take both, have AlgaPSA show a new \
             secret for {id}, and run: alga-webhooks secret set --webhook-id {id} --existing-is THE_OTHER_ONE"
        ))
    );
    Ok(())
}
