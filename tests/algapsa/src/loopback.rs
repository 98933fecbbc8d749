//! Plain HTTP to this machine, for the tests and the demo. It blocks, so that they read like a story.

pub mod server;

use std::sync::{LazyLock, mpsc};
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use futures_util::future::join_all;
use http::{Request, Response};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::runtime::{Builder, Runtime};

pub static RUNTIME: LazyLock<Runtime> = LazyLock::new(|| {
    Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime can be made")
});

static CLIENT: LazyLock<Client<HttpConnector, Full<Bytes>>> = LazyLock::new(|| {
    let mut client = Client::builder(TokioExecutor::new());
    client.pool_idle_timeout(IDLE).build_http()
});

/// How long an idle connection is kept. The local AWS closes it later than that, so never while a request is written.
const IDLE: Duration = Duration::from_secs(30);

/// Longer than anything here may take.
const TIMEOUT: Duration = Duration::from_secs(90);

/// Sends one request and reads the whole answer, whatever its status. Blocks the thread even if it runs futures, so that
/// simulated time stands still.
pub fn exchange(request: Request<Bytes>) -> Result<Response<Bytes>> {
    let (tell, told) = mpsc::sync_channel(1);
    RUNTIME.spawn(async move { tell.send(ask(request, TIMEOUT).await) });
    told.recv().context("the runtime is gone")?
}

/// Sends all requests at the same time. The answers come in the order of the requests.
pub fn exchange_all(requests: Vec<Request<Bytes>>) -> Result<Vec<Response<Bytes>>> {
    let answers = RUNTIME.block_on(join_all(
        requests.into_iter().map(|request| ask(request, TIMEOUT)),
    ));
    answers.into_iter().collect()
}

/// Sends one request and reads the whole answer, all within a time.
pub(crate) async fn ask(request: Request<Bytes>, timeout: Duration) -> Result<Response<Bytes>> {
    let what = format!("{} {}", request.method(), request.uri());
    let answer = async {
        let response = CLIENT.request(request.map(Full::new)).await?;
        let (parts, body) = response.into_parts();
        let body = body.collect().await?.to_bytes();
        anyhow::Ok(Response::from_parts(parts, body))
    };
    tokio::time::timeout(timeout, answer)
        .await
        .with_context(|| format!("no answer within {timeout:?} to {what}"))?
        .with_context(|| format!("no answer to {what}"))
}
