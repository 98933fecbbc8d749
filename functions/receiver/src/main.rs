//! The receiver Lambda: one HTTP delivery in, one event kept, one doorbell rung.

use jiff::Timestamp;
use lambda_http::{Error, run, service_fn};
use receiver::{Receiver, Settings};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Error> {
    let _metrics = shared::telemetry::start();
    let receiver = Receiver::new(&shared::aws::config()?, Settings::from_env()?);
    receiver.warm_up(Timestamp::now()).await;
    run(service_fn(|request| {
        receiver.receive(request, Timestamp::now())
    }))
    .await
}
