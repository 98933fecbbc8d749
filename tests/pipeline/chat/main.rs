//! The reactor with the example of functions/reactor/README.md in the place of `reaction/custom.rs`.

use jiff::Timestamp;
use lambda_runtime::{Error, LambdaEvent, run, service_fn};
use reactor::reaction::Choice;
use reactor::{Invocation, Reactor, Settings};

#[path = "../../../functions/reactor/examples/chat.rs"]
mod custom;

// The names that it finds in the reactor.
mod failure {
    pub use reactor::failure::Failure;
}
mod payload {
    pub use reactor::payload::Payload;
}
mod reaction {
    pub use reactor::reaction::Attempt;
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let _metrics = shared::telemetry::start();
    let settings = Settings {
        reaction: Choice::Custom(|attempt| Box::pin(custom::react(attempt))),
        ..Settings::from_env()?
    };
    let reactor = Reactor::new(&shared::aws::config()?, settings);
    run(service_fn(|event: LambdaEvent<Invocation>| {
        let deadline = Timestamp::try_from(event.context.deadline()).unwrap_or_default();
        reactor.run(event.payload, Timestamp::now(), deadline)
    }))
    .await
}
