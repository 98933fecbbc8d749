//! The receiver Lambda: one HTTP delivery in, one event kept, one doorbell rung.

use jiff::Timestamp;
use lambda_http::lambda_runtime::{LambdaEvent, run};
use lambda_http::{Error, service_fn};
use receiver::{Receiver, Settings};
use serde_json::value::RawValue;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let _metrics = shared::telemetry::start();
    let receiver = Receiver::new(&shared::aws::config()?, Settings::from_env()?);
    receiver.warm_up(Timestamp::now()).await;
    let receiver = &receiver;
    run(service_fn(async |event: LambdaEvent<Box<RawValue>>| {
        receiver
            .receive(event.payload.get(), Timestamp::now())
            .await
    }))
    .await
}
