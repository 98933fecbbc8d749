//! What a screen reader makes of a page.

use serde_json::{Value, json};

use crate::browser::Browser;

/// What must have a name: what can be used, and what is jumped to.
const NAMED: &[&str] = &[
    "button",
    "checkbox",
    "combobox",
    "dialog",
    "heading",
    "image",
    "link",
    "listbox",
    "menuitem",
    "option",
    "radio",
    "searchbox",
    "slider",
    "spinbutton",
    "switch",
    "tab",
    "textbox",
];

/// Texts that are hard to tell from what is behind them.
const FAINT: &str = include_str!("faint.js");

const UNFRAMED: &str = "
    const count = selector => document.querySelectorAll(selector).length;
    return [
        document.title ? '' : 'a title',
        document.documentElement.lang ? '' : 'its language',
        count('main') === 1 ? '' : 'one main part',
        count('h1') === 1 ? '' : 'one first heading',
        count('meta[name=viewport]') ? '' : 'the width of phones',
    ].filter(Boolean);
";

/// A thing on the page, as it is told to a screen reader.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    pub role: String,
    pub name: String,
}

impl Browser {
    /// All that a screen reader is told, in order.
    pub fn told(&self) -> Vec<Told> {
        let tree = self.chrome("Accessibility.getFullAXTree", &json!({}));
        let nodes = tree["nodes"].as_array().expect("a tree has nodes").iter();
        let told = nodes.filter(|node| node["ignored"] != json!(true));
        let text = |value: &Value| value["value"].as_str().unwrap_or_default().to_owned();
        told.map(|node| Told {
            role: text(&node["role"]),
            name: text(&node["name"]),
        })
        .collect()
    }

    /// What can be used or jumped to, and has no name.
    pub fn nameless(&self) -> Vec<Told> {
        let told = self.told().into_iter();
        let named = |told: &Told| !NAMED.contains(&&*told.role) || !told.name.trim().is_empty();
        told.filter(|told| !named(told)).collect()
    }

    /// What is hard to read, in light and in dark.
    pub fn faint(&self) -> Vec<String> {
        let faint = ["dark", "light"].map(|scheme| {
            self.look(1280, 900, scheme);
            let texts = self.texts(FAINT).into_iter();
            texts
                .map(|text| format!("{scheme}: {text}"))
                .collect::<Vec<_>>()
        });
        faint.concat()
    }

    /// What the page as a whole lacks.
    pub fn unframed(&self) -> Vec<String> {
        self.texts(UNFRAMED)
    }

    /// Whether it can be used on a phone, by those who do not see it well, and by those who do not see it.
    #[track_caller]
    pub fn is_for_everybody(&self) {
        let path = self.path();
        assert_eq!(self.nameless(), [], "without a name on {path}");
        assert_eq!(self.unframed(), [""; 0], "missing on {path}");
        assert_eq!(self.faint(), [""; 0], "hard to read on {path}");
        assert_eq!(self.sticking_out(), [""; 0], "wider than a phone: {path}");
    }
}
