//! Who makes a change, as far as it decides who hears of it.

use algapsa::desk::{Act, Field, Happened, Way};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// In AlgaPSA's pages, one ticket or many at once.
    People,
    /// In the portal or by mail.
    Customers,
    /// Through the REST API.
    Api,
    /// Workflows, inbound webhooks, RMMs, imports, bundles, and jobs of AlgaPSA's own.
    Programs,
    /// Whoever sets them.
    Tags,
    /// Whoever deletes.
    Deletions,
}

impl Kind {
    pub const ALL: [Self; 6] = [
        Self::People,
        Self::Customers,
        Self::Api,
        Self::Programs,
        Self::Tags,
        Self::Deletions,
    ];

    pub fn of(happened: &Happened, field: Field) -> Self {
        if happened.acts.contains(&Act::Delete) {
            return Self::Deletions;
        }
        if field == Field::Tags {
            return Self::Tags;
        }
        match happened.way {
            Way::Ui | Way::Bulk | Way::Activities | Way::TimeEntry => Self::People,
            Way::Portal | Way::Mail => Self::Customers,
            Way::Api => Self::Api,
            Way::AutoClose
            | Way::Notifier
            | Way::Workflow
            | Way::InboundWebhook
            | Way::Bundle
            | Way::Rmm
            | Way::Import
            | Way::Sla
            | Way::Scheduler => Self::Programs,
        }
    }

    pub fn name(self) -> &'static str {
        match self {
            Self::People => "people",
            Self::Customers => "customers",
            Self::Api => "REST API",
            Self::Programs => "other programs",
            Self::Tags => "tags",
            Self::Deletions => "deletions",
        }
    }
}
