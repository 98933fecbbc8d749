//! Which address shows what.

use std::sync::Arc;

use anyhow::{Context, Result};
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::{StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Router, serve as served};
use maud::html;
use tokio::net::TcpListener;

use super::feed::Feed;
use super::guard::{self, Guard};
use super::jobs::{self, Jobs};
use super::{act, body, health, live, page, runbook, ticket, work};
use crate::context::Stack;
use crate::output::progress::Watch;

/// More than any form of the console holds.
const FORM: usize = 64 * 1024;

/// What every page is made with.
#[derive(Clone)]
pub struct Console {
    pub stack: Arc<Stack>,
    /// The stack's name.
    pub name: String,
    pub feed: Feed,
    pub jobs: Jobs,
}

/// Answers until it fails.
pub async fn serve(listener: TcpListener, stack: Stack, guard: Guard) -> Result<()> {
    let (jobs, worker) = jobs::new();
    let console = Console {
        name: stack.source.name(),
        feed: Feed::start(&stack),
        jobs,
        stack: Arc::new(stack),
    };
    tokio::select! {
        ended = served(listener, router(console, guard)) => ended.context("the console has ended"),
        () = worker.work() => Ok(()),
    }
}

fn router(console: Console, guard: Guard) -> Router {
    let pages = Router::new()
        .route("/", get(live::page))
        .route("/live", get(live::events))
        .route("/ticket", get(ticket::page))
        .route("/body", get(body::page))
        .route("/waiting", get(work::waiting))
        .route("/parked", get(work::parked))
        .route("/quarantine", get(work::quarantine))
        .route("/quarantine/body", get(body::quarantined))
        .route("/health", get(health::page))
        .route("/runbook", get(runbook::page))
        .route("/look", get(act::look))
        .route("/do", post(act::start))
        .route("/job", get(act::job))
        .with_state(console);
    let assets = Router::new()
        .route(
            "/style.css",
            get(async || file("text/css", include_str!("style.css"))),
        )
        .route(
            "/script.js",
            get(async || file("text/javascript", include_str!("script.js"))),
        )
        .route(
            "/icon.svg",
            get(async || file("image/svg+xml", include_str!("icon.svg"))),
        );
    let door = Router::new()
        .route("/open", get(guard::open))
        .with_state(guard.clone());
    pages
        .merge(assets)
        .merge(door)
        .fallback(nowhere)
        .layer(DefaultBodyLimit::max(FORM))
        .layer(middleware::from_fn(quietly))
        .layer(middleware::from_fn_with_state(guard, guard::check))
}

fn file(kind: &'static str, text: &'static str) -> impl IntoResponse {
    ([(header::CONTENT_TYPE, kind)], text)
}

async fn nowhere() -> impl IntoResponse {
    let content = html! { p { "There is no such page. " a href="/" { "To the console" } } };
    (StatusCode::NOT_FOUND, page::bare("Not found", &content))
}

/// What a page asks for shows no progress on the terminal.
async fn quietly(request: Request, next: Next) -> Response {
    Watch::default().over(next.run(request)).await
}
