//! An HTTP server on this machine, for whatever stands in for a service of others.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::TcpListener;

use super::RUNTIME;

pub type Answer = Result<Response<Full<Bytes>>, hyper::Error>;

/// Serves on a free port for as long as the process lives, and gives its address, `http://127.0.0.1:…`.
pub fn start<F, A, B>(answer: F) -> String
where
    F: Fn(Request<Incoming>, SocketAddr) -> A + Send + Sync + 'static,
    A: Future<Output = Result<Response<B>, hyper::Error>> + Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    start_at(0, answer).expect("there is a free port")
}

/// The same on that port; 0 stands for a free one.
///
/// # Errors
/// If it is taken.
pub fn start_at<F, A, B>(port: u16, answer: F) -> Result<String>
where
    F: Fn(Request<Incoming>, SocketAddr) -> A + Send + Sync + 'static,
    A: Future<Output = Result<Response<B>, hyper::Error>> + Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
{
    let listener = RUNTIME
        .block_on(TcpListener::bind(("127.0.0.1", port)))
        .with_context(|| format!("port {port} of 127.0.0.1 cannot be had"))?;
    let url = format!("http://{}", listener.local_addr()?);
    RUNTIME.spawn(listen(listener, Arc::new(answer)));
    Ok(url)
}

async fn listen<F, A, B>(listener: TcpListener, answer: Arc<F>)
where
    F: Fn(Request<Incoming>, SocketAddr) -> A + Send + Sync + 'static,
    A: Future<Output = Result<Response<B>, hyper::Error>> + Send + 'static,
    B: Body + Send + 'static,
    B::Data: Send,
    B::Error: Into<Box<dyn Error + Send + Sync>>,
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
