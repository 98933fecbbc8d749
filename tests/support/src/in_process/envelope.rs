//! Events as the sender writes them.

use jiff::Timestamp;
use shared::event::Event;
use uuid::Uuid;

/// What the sender signs. Change what a test is about, and leave the rest.
#[derive(Clone, Debug)]
#[must_use]
pub struct Envelope {
    /// Names a bus event.
    pub event_id: String,
    /// Such as `ticket.created`.
    pub event_type: String,
    /// In the sender's format.
    pub occurred_at: String,
    /// Whose ticket it is.
    pub tenant_id: String,
    /// Which ticket it is about.
    pub ticket_id: String,
    /// More of `data`: JSON members, starting with a comma.
    pub more: String,
    /// Whether the reconciler found it.
    pub unannounced: bool,
}

impl Envelope {
    /// A new event about a new ticket, which has just occurred.
    pub fn new(event_type: &str) -> Self {
        Self {
            event_id: Uuid::new_v4().to_string(),
            event_type: event_type.to_owned(),
            occurred_at: format!("{:.3}", Timestamp::now()),
            tenant_id: Uuid::new_v4().to_string(),
            ticket_id: Uuid::new_v4().to_string(),
            more: String::new(),
            unannounced: false,
        }
    }

    pub fn body(&self) -> String {
        let Self {
            event_id,
            event_type,
            occurred_at,
            tenant_id,
            ticket_id,
            more,
            unannounced,
        } = self;
        let end = if *unannounced {
            r#","unannounced":true"#
        } else {
            ""
        };
        format!(
            r#"{{"event_id":"{event_id}","event_type":"{event_type}","occurred_at":"{occurred_at}","tenant_id":"{tenant_id}","data":{{"ticket_id":"{ticket_id}"{more}}}{end}}}"#
        )
    }

    /// The event, as it is read when it arrives.
    pub fn event(&self) -> Event {
        Event::parse(self.body().into(), Timestamp::now()).expect("the envelope can be read")
    }

    /// `count` events of one ticket, a second apart, the last of them just now.
    pub fn row(count: usize) -> Vec<Self> {
        let first = Self::new("ticket.updated");
        let now = Timestamp::now();
        let nth = |n: usize| {
            let at = now - std::time::Duration::from_secs((count - n) as u64);
            let nth = first.clone().with_id(&format!("e{n:04}"));
            nth.at(&format!("{at:.3}"))
        };
        (0..count).map(nth).collect()
    }

    pub fn with_id(mut self, event_id: &str) -> Self {
        event_id.clone_into(&mut self.event_id);
        self
    }

    pub fn with_type(mut self, event_type: &str) -> Self {
        event_type.clone_into(&mut self.event_type);
        self
    }

    pub fn of_tenant(mut self, tenant_id: &str) -> Self {
        tenant_id.clone_into(&mut self.tenant_id);
        self
    }

    pub fn about(mut self, ticket_id: &str) -> Self {
        ticket_id.clone_into(&mut self.ticket_id);
        self
    }

    pub fn at(mut self, occurred_at: &str) -> Self {
        occurred_at.clone_into(&mut self.occurred_at);
        self
    }

    pub fn with_more(mut self, more: &str) -> Self {
        more.clone_into(&mut self.more);
        self
    }

    pub fn unannounced(mut self) -> Self {
        self.unannounced = true;
        self
    }

    /// The same with a text that hardly compresses, which makes the body `size` bytes long or a few more.
    pub fn with_noise(mut self, size: usize, seed: u64) -> Self {
        let room = size.saturating_sub(self.body().len());
        self.more = format!(r#","description":"{}""#, noise(room, seed));
        self
    }
}

/// Letters and digits without a pattern (splitmix64).
fn noise(length: usize, seed: u64) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let letter = |n: u64| {
        let mut z = seed.wrapping_add(n.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        char::from(LETTERS[usize::try_from((z ^ (z >> 31)) % 64).expect("less than 64")])
    };
    (0..length as u64).map(letter).collect()
}
