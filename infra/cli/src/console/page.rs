//! What all pages have in common. Whatever is put into a page is escaped by the templates.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use crate::output::errors;

/// A page of the console, as the navigation names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    Live,
    Ticket,
    Waiting,
    Parked,
    Quarantine,
    Health,
}

impl Tab {
    const ALL: [Self; 6] = [
        Self::Live,
        Self::Ticket,
        Self::Waiting,
        Self::Parked,
        Self::Quarantine,
        Self::Health,
    ];

    pub fn path(self) -> &'static str {
        match self {
            Self::Live => "/",
            Self::Ticket => "/ticket",
            Self::Waiting => "/waiting",
            Self::Parked => "/parked",
            Self::Quarantine => "/quarantine",
            Self::Health => "/health",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::Ticket => "Ticket",
            Self::Waiting => "Waiting",
            Self::Parked => "Parked",
            Self::Quarantine => "Quarantine",
            Self::Health => "Health",
        }
    }
}

/// A page that could not be made; it says why, and what to do.
pub struct Trouble(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Trouble {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Trouble {
    fn into_response(self) -> Response {
        let told = errors::told(&self.0, None);
        let page = bare(
            "That did not work",
            &html! {
                p.error role="alert" { (told) }
                p { a href="/" { "To the console" } }
            },
        );
        (StatusCode::BAD_GATEWAY, page).into_response()
    }
}

/// A whole page, for a stack of this name.
pub fn whole(stack: &str, tab: Tab, heading: &str, content: &Markup) -> Markup {
    document(
        &format!("{heading} · {stack}"),
        &html! {
            a.skip href="#content" { "Skip to the content" }
            header {
                p.brand { img src="/icon.svg" alt="" width="22" height="22"; span.stack { (stack) } }
                nav aria-label="Pages" {
                    @for one in Tab::ALL {
                        a href=(one.path()) aria-current=[(one == tab).then_some("page")] { (one.title()) }
                    }
                }
            }
            main id="content" tabindex="-1" { h1 { (heading) } (content) }
        },
    )
}

/// A page without navigation.
pub fn bare(heading: &str, content: &Markup) -> Markup {
    document(
        heading,
        &html! { main id="content" { h1 { (heading) } (content) } },
    )
}

/// Leads on by itself.
pub fn forward(path: &str) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { "Console" }
                link rel="icon" href="/icon.svg" type="image/svg+xml";
                meta http-equiv="refresh" content={ "0; url=" (path) };
            }
            body { a href=(path) { "To the console" } }
        }
    }
}

fn document(title: &str, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) }
                link rel="icon" href="/icon.svg" type="image/svg+xml";
                link rel="stylesheet" href="/style.css";
                script src="/script.js" defer {}
            }
            body { (body) }
        }
    }
}
