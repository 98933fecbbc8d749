//! Reading JSON field by field, so that an odd one hides none of the others, and nothing is dropped.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_json::value::RawValue;
use shared::repair::repaired;

use super::change::Changes;
use super::unread::Unread;

/// Where something else is than what belongs there, such as `.comments[2].created_at`: names and places, no content.
pub type Misfits = Vec<String>;

/// The value of a field.
pub trait Field: Sized {
    /// Reads it. `None` if it is none, which is added to `misfits`; so is what does not fit within it.
    fn read(raw: &RawValue, misfits: &mut Misfits) -> Option<Self>;

    /// What stands for `null`, and for a field that is not there; `None` if it must be.
    fn missing() -> Option<Self> {
        None
    }
}

/// An object with fields of its own.
pub trait Object: Sized {
    /// Takes its fields out of these, and all that are left; `None` if one is missing that must be there.
    fn of(fields: &mut Fields) -> Option<Self>;
}

/// The fields of an object that have not been read yet.
pub struct Fields<'a> {
    left: BTreeMap<String, Box<RawValue>>,
    misfits: &'a mut Misfits,
}

impl<'a> Fields<'a> {
    /// Reads an object by its fields.
    pub fn within<T>(
        raw: &RawValue,
        misfits: &'a mut Misfits,
        read: impl FnOnce(&mut Self) -> Option<T>,
    ) -> Option<T> {
        let Some(left) = json(raw) else {
            misfits.push(String::new());
            return None;
        };
        read(&mut Self { left, misfits })
    }

    /// Takes one field. What does not fit is left, as if it had no field here; `None` if there must be one that fits.
    pub fn take<T: Field>(&mut self, name: &str) -> Option<T> {
        let value = self.left.remove(name);
        let mut misfits = Misfits::new();
        let read = match &value {
            Some(raw) if raw.get() != "null" => T::read(raw, &mut misfits),
            _ => None,
        };
        if !misfits.is_empty() && read.is_none() {
            self.left.extend(value.map(|raw| (name.to_owned(), raw)));
        }
        let read = read.or_else(T::missing);
        if read.is_none() && misfits.is_empty() {
            misfits.push(String::new());
        }
        let misfits = misfits.into_iter().map(|at| format!(".{name}{at}"));
        self.misfits.extend(misfits);
        read
    }

    /// The object that all that is left makes.
    pub fn all<T: Object>(&mut self) -> Option<T> {
        T::of(self)
    }

    /// What has changed; nothing if that is not said.
    pub fn changes(&mut self) -> Option<Changes> {
        self.take("changes").map(Option::unwrap_or_default)
    }

    /// What no field has taken.
    pub fn unread(&mut self) -> Unread {
        Unread::new(std::mem::take(&mut self.left))
    }
}

/// A value as a type; a half character becomes `\u{fffd}`, as in [`shared::event::Event::json`].
pub fn json<T: DeserializeOwned>(raw: &RawValue) -> Option<T> {
    let read = serde_json::from_str(raw.get());
    read.or_else(|_| serde_json::from_str(&repaired(raw.get())))
        .ok()
}

/// A value that is read as a whole or not at all.
fn whole<T: DeserializeOwned>(raw: &RawValue, misfits: &mut Misfits) -> Option<T> {
    let read = json(raw);
    if read.is_none() {
        misfits.push(String::new());
    }
    read
}

macro_rules! whole {
    ($($type:ty)*) => {$(
        impl Field for $type {
            fn read(raw: &RawValue, misfits: &mut Misfits) -> Option<Self> {
                whole(raw, misfits)
            }
        }
    )*};
}
whole!(String bool f64 u64 Timestamp);

impl Field for Value {
    fn read(raw: &RawValue, misfits: &mut Misfits) -> Option<Self> {
        whole(raw, misfits)
    }

    fn missing() -> Option<Self> {
        Some(Self::Null)
    }
}

impl<T: Field> Field for Option<T> {
    fn read(raw: &RawValue, misfits: &mut Misfits) -> Option<Self> {
        T::read(raw, misfits).map(Some)
    }

    fn missing() -> Option<Self> {
        Some(None)
    }
}

/// All of its elements, or nothing.
impl<T: Field> Field for Vec<T> {
    fn read(raw: &RawValue, misfits: &mut Misfits) -> Option<Self> {
        let elements: Vec<Box<RawValue>> = whole(raw, misfits)?;
        let elements = elements.iter().enumerate().map(|(place, raw)| {
            let mut within = Misfits::new();
            let read = T::read(raw, &mut within);
            misfits.extend(within.into_iter().map(|at| format!("[{place}]{at}")));
            read
        });
        elements.collect()
    }
}

/// All of its values, or nothing. Its names are content, which is not told.
impl<T: Field> Field for BTreeMap<String, T> {
    fn read(raw: &RawValue, misfits: &mut Misfits) -> Option<Self> {
        let members: BTreeMap<String, Box<RawValue>> = whole(raw, misfits)?;
        let members = members.into_iter().map(|(name, raw)| {
            let mut within = Misfits::new();
            let read = T::read(&raw, &mut within);
            misfits.extend(within.into_iter().map(|at| format!(".*{at}")));
            Some((name, read?))
        });
        members.collect()
    }
}

/// A struct with the fields of a JSON object, and with what else is in that.
macro_rules! object {
    (
        $(#[$about:meta])*
        pub struct $name:ident {
            $($(#[$says:meta])* pub $field:ident: $type:ty,)*
        }
    ) => {
        $(#[$about])*
        #[derive(Clone, Debug)]
        pub struct $name {
            $($(#[$says])* pub $field: $type,)*
            /// What else is said: fields that have no place above, and those that do not fit theirs.
            pub unread: $crate::payload::Unread,
        }

        impl $crate::payload::field::Object for $name {
            fn of(fields: &mut $crate::payload::field::Fields) -> Option<Self> {
                Some(Self {
                    $($field: fields.take(stringify!($field))?,)*
                    unread: fields.unread(),
                })
            }
        }

        impl $crate::payload::field::Field for $name {
            fn read(
                raw: &serde_json::value::RawValue,
                misfits: &mut $crate::payload::field::Misfits,
            ) -> Option<Self> {
                use $crate::payload::field::{Fields, Object};
                Fields::within(raw, misfits, Self::of)
            }
        }
    };
}
pub(super) use object;
