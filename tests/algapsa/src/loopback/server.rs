//! An HTTP server on this machine, for whatever stands in for a service of others.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::RUNTIME;

pub type Answer = Result<Response<Full<Bytes>>, hyper::Error>;

/// Serves on a free port for as long as the process lives, and gives its address, `http://127.0.0.1:…`.
pub fn start<F, A>(answer: F) -> String
where
    F: Fn(Request<Incoming>, SocketAddr) -> A + Send + Sync + 'static,
    A: Future<Output = Answer> + Send + 'static,
{
    let listener = RUNTIME
        .block_on(TcpListener::bind("127.0.0.1:0"))
        .expect("there is a free port");
    let url = format!("http://{}", listener.local_addr().expect("it listens"));
    RUNTIME.spawn(listen(listener, Arc::new(answer)));
    url
}

async fn listen<F, A>(listener: TcpListener, answer: Arc<F>)
where
    F: Fn(Request<Incoming>, SocketAddr) -> A + Send + Sync + 'static,
    A: Future<Output = Answer> + Send + 'static,
{
    while let Ok((stream, peer)) = listener.accept().await {
        // An answer of two packets would wait for the caller's delayed acknowledgement.
        let _ = stream.set_nodelay(true);
        let answer = Arc::clone(&answer);
        tokio::spawn(async move {
            let service = service_fn(|request| answer(request, peer));
            // A caller may go away.
            let _ = http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
