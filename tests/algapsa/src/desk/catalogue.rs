//! What tickets refer to: statuses, people, teams, boards, clients and their contacts, by ids and names.

use std::collections::HashMap;

use uuid::Uuid;

use crate::sender::Chance;

/// Everything that has an id and a name. The same chance makes the same one.
#[derive(Clone, Debug)]
pub struct Catalogue {
    /// Those that leave a ticket open; the first is that of new tickets.
    pub open: Vec<Uuid>,
    /// Those that close it.
    pub closed: Vec<Uuid>,
    pub priorities: Vec<Uuid>,
    pub boards: Vec<Uuid>,
    pub categories: Vec<Uuid>,
    pub people: Vec<Uuid>,
    pub teams: Vec<Team>,
    pub clients: Vec<Uuid>,
    pub contacts: Vec<Contact>,
    names: HashMap<Uuid, String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Team {
    pub id: Uuid,
    /// Becomes the assignee of a ticket that has none when it is given to the team.
    pub lead: Uuid,
}

/// Somebody of a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contact {
    pub id: Uuid,
    pub client: Uuid,
    pub email: String,
}

const OPEN: [&str; 4] = ["New", "In Progress", "Waiting for Customer", "On Hold"];
const CLOSED: [&str; 2] = ["Closed", "Cancelled"];
const PRIORITIES: [&str; 4] = ["Low", "Medium", "High", "Urgent"];
const BOARDS: [&str; 4] = ["General Support", "Projects", "Alerts", "Internal"];
const CATEGORIES: [&str; 6] = ["E-Mail", "Network", "Printer", "Access", "Backup", "Other"];
const TEAMS: [&str; 3] = ["First Level", "Network", "On Site"];
const PEOPLE: [&str; 10] = [
    "Jörg Weiß",
    "Jonas Weber",
    "李 娜",
    "Amara Okafor",
    "Sofía Núñez",
    "Tom Baker",
    "Ingrid Dahl",
    "Yusuf Demir",
    "Chloé Martin",
    "Raj Patel",
];
const CLIENTS: [&str; 8] = [
    "Zahnärzte am Fluß 🦷",
    "Emerald City Dental",
    "Harbour Logistics",
    "Nordlicht Apotheke",
    "Green Valley School",
    "Kowalski & Söhne",
    "Maple Street Bakery",
    "Blue Ridge Realty",
];
const CONTACTS: [&str; 4] = ["Priya", "Marek", "Élodie", "Sam"];

impl Catalogue {
    pub(super) fn new(chance: &mut Chance) -> Self {
        let mut names = HashMap::new();
        let mut add = |name: &str| {
            let id = chance.uuid();
            names.insert(id, name.to_owned());
            id
        };
        let mut all = |of: &[&str]| of.iter().map(|name| add(name)).collect::<Vec<_>>();
        let people = all(&PEOPLE);
        let clients = all(&CLIENTS);
        let teams = all(&TEAMS).into_iter().zip(&people);
        let mut catalogue = Self {
            open: all(&OPEN),
            closed: all(&CLOSED),
            priorities: all(&PRIORITIES),
            boards: all(&BOARDS),
            categories: all(&CATEGORIES),
            teams: teams.map(|(id, &lead)| Team { id, lead }).collect(),
            contacts: Vec::new(),
            people,
            clients,
            names,
        };
        catalogue.add_contacts(chance);
        catalogue
    }

    fn add_contacts(&mut self, chance: &mut Chance) {
        for (number, &client) in self.clients.iter().enumerate() {
            for first in CONTACTS {
                let id = chance.uuid();
                let name = format!("{first} of {}", CLIENTS[number]);
                self.names.insert(id, name);
                let email = format!("contact{}@client{number}.example", self.contacts.len());
                self.contacts.push(Contact { id, client, email });
            }
        }
    }

    /// What people call it.
    pub fn name(&self, id: Uuid) -> &str {
        self.names.get(&id).map_or("", String::as_str)
    }

    pub fn is_closed(&self, status: Uuid) -> bool {
        self.closed.contains(&status)
    }

    pub fn contact(&self, id: Uuid) -> Option<&Contact> {
        self.contacts.iter().find(|contact| contact.id == id)
    }

    pub fn team(&self, id: Uuid) -> Option<&Team> {
        self.teams.iter().find(|team| team.id == id)
    }

    /// Somebody renames it, which changes no ticket.
    pub(super) fn rename(&mut self, id: Uuid, name: &str) {
        self.names.insert(id, name.to_owned());
    }
}
