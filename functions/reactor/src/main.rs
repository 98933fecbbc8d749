//! The reactor Lambda: answers doorbells by reacting to what is due.

use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use reactor::{Invocation, Reactor, Settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let _metrics = shared::telemetry::start();
    let reactor = Reactor::new(&shared::aws::config()?, Settings::from_env()?);
    reactor.warm_up().await;
    run(service_fn(|event: LambdaEvent<Invocation>| {
        let deadline = Timestamp::try_from(event.context.deadline()).unwrap_or_default();
        reactor.run(event.payload, Timestamp::now(), deadline)
    }))
    .await
}
