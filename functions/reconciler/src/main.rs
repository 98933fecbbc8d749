//! The reconciler Lambda: finds what `AlgaPSA` never announces, and announces it.

use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use reconciler::{Mode, Reconciler, Run, Settings};
use serde_json::Value;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let _metrics = shared::telemetry::start();
    let reconciler = &Reconciler::new(&shared::aws::config()?, Settings::from_env()?);
    run(service_fn(async |event: LambdaEvent<Value>| {
        let deadline = Timestamp::try_from(event.context.deadline()).unwrap_or_default();
        let run = reconciler.run(Timestamp::now(), deadline, Mode::Do).await;
        Ok::<Run, Error>(run)
    }))
    .await
}
