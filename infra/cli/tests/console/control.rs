//! Controls, found as people find them: by what they are and what they are called. A control that a screen reader does not
//! know under that name is not found.

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::driver::Refused;

pub const TAB: &str = "\u{E004}";
pub const ENTER: &str = "\u{E007}";
const HOME: &str = "\u{E011}";
const DOWN: &str = "\u{E015}";
pub const SHIFT: &str = "\u{E008}";

/// Elements of the page whose text, value or label has that name somewhere.
const CANDIDATES: &str = "
    const texts = ids => (ids ?? '').split(' ').map(id => document.getElementById(id)?.innerText);
    const said = e => [
        e.innerText, e.value, e.title, e.placeholder, e.ariaLabel, e.alt,
        ...[...(e.labels ?? [])].map(label => label.innerText), ...texts(e.getAttribute('aria-labelledby')),
    ].join(' ');
    const controls = document.querySelectorAll('a[href], button, input, select, textarea, summary, [role], [tabindex]');
    return [...controls].filter(e => said(e).includes(arguments[0]));
";

const CHOSEN: &str = "return arguments[0].selectedOptions[0].text";

/// How `WebDriver` names an element in its answers.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// An element of the page.
struct Element(String);

impl Browser {
    /// Clicks, once it is there: `click("button", "Redrive")`.
    #[track_caller]
    pub fn click(&self, role: &str, name: &str) {
        self.with(role, name, |element| {
            self.post(&format!("element/{}/click", element.0), &json!({}))
                .map(Some)
        });
    }

    /// Writes into a field in place of what is there.
    #[track_caller]
    pub fn fill(&self, role: &str, name: &str, text: &str) {
        self.with(role, name, |Element(id)| {
            self.post(&format!("element/{id}/clear"), &json!({}))?;
            self.post(&format!("element/{id}/value"), &json!({ "text": text }))
                .map(Some)
        });
    }

    /// Chooses from a list as a keyboard does: from the top, down to what is wanted.
    #[track_caller]
    pub fn choose(&self, name: &str, option: &str) {
        let mut key = HOME;
        self.with("combobox", name, |Element(id)| {
            self.post(&format!("element/{id}/value"), &json!({ "text": key }))?;
            key = DOWN;
            let input = json!({ "script": CHOSEN, "args": [{ ELEMENT: id }] });
            let chosen = self.post("execute/sync", &input)?;
            Ok((chosen == option).then_some(chosen))
        });
    }

    /// Presses keys together: the last one while the others are held.
    pub fn press(&self, keys: &[&str]) {
        let act = |kind: &'static str| move |key: &&str| json!({ "type": kind, "value": key });
        let held = keys.iter().rev().map(act("keyUp"));
        let actions: Vec<_> = keys.iter().map(act("keyDown")).chain(held).collect();
        let keyboard = json!({ "type": "key", "id": "keyboard", "actions": actions });
        let told = self.post("actions", &json!({ "actions": [keyboard] }));
        told.unwrap_or_else(|refused| panic!("{keys:?}: {refused}"));
    }

    /// Which control has the focus: its role and its name.
    pub fn focused(&self) -> (String, String) {
        self.wait_for("something has the focus", || {
            let Some(element) = element(&self.get("element/active")?) else {
                return Ok(None);
            };
            self.described(&element).map(Some)
        })
    }

    #[track_caller]
    fn with(
        &self,
        role: &str,
        name: &str,
        mut act: impl FnMut(&Element) -> Result<Option<Value>, Refused>,
    ) -> Value {
        self.wait_for(&format!("the {role} {name:?}"), || {
            let found = self.find(role, name)?;
            found.map_or(Ok(None), |element| act(&element))
        })
    }

    /// The first of them.
    fn find(&self, role: &str, name: &str) -> Result<Option<Element>, Refused> {
        let input = json!({ "script": CANDIDATES, "args": [name] });
        let found = self.post("execute/sync", &input)?;
        for candidate in found.as_array().into_iter().flatten().filter_map(element) {
            let (its_role, its_name) = self.described(&candidate)?;
            if (&*its_role, &*its_name) == (role, name) {
                return Ok(Some(candidate));
            }
        }
        Ok(None)
    }

    fn described(&self, Element(id): &Element) -> Result<(String, String), Refused> {
        let text = |value: Value| value.as_str().unwrap_or_default().to_owned();
        let role = self.get(&format!("element/{id}/computedrole"))?;
        let name = self.get(&format!("element/{id}/computedlabel"))?;
        Ok((text(role), text(name)))
    }
}

fn element(told: &Value) -> Option<Element> {
    told[ELEMENT].as_str().map(|id| Element(id.to_owned()))
}
