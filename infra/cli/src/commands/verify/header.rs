//! The signature header: what is wrong with one that the receiver cannot read, and what it was meant to say.

/// What a header says, read more leniently than the receiver reads it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The digits of the time, exactly as they were signed.
    pub digits: String,
    pub mac: [u8; 32],
}

impl Claim {
    /// Finds a time and a MAC, in either case, with or without quotes.
    pub fn find(header: &str) -> Option<Self> {
        let header = header.to_ascii_lowercase();
        let digits = value(&header, "t=").filter(|digits| is_number(digits))?;
        let mut mac = [0; 32];
        hex::decode_to_slice(value(&header, "v1=")?, &mut mac).ok()?;
        Some(Self {
            digits: digits.to_owned(),
            mac,
        })
    }
}

/// Everything that keeps the receiver from reading it. Quotes nothing of it, since it may be a real signature.
pub fn faults(header: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if header.contains(['"', '\'']) {
        faults.push("there are quotes in it".to_owned());
    }
    if header.to_ascii_lowercase().contains("x-alga-signature") {
        faults.push("the header's name is part of it".to_owned());
    }
    faults.extend(fault_of_time(strict(header, "t=")));
    faults.extend(fault_of_mac(strict(header, "v1=")));
    if faults.is_empty() {
        faults.push("it is not t=<Unix seconds>,v1=<64 lower-case hex digits>".to_owned());
    }
    faults
}

fn fault_of_time(time: Option<&str>) -> Option<String> {
    let Some(time) = time else {
        return Some("there is no t=, which says when it was signed".into());
    };
    if !is_number(time) {
        return Some("t is not a plain number".into());
    }
    (time.len() > 11).then(|| {
        let digits = time.len();
        format!("t has {digits} digits, so it is probably in milliseconds: it should be in seconds")
    })
}

fn fault_of_mac(mac: Option<&str>) -> Option<String> {
    let Some(mac) = mac else {
        return Some("there is no v1=, which is the signature itself".into());
    };
    if !mac.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Some("v1 is not hex: is it in base64, or from another sender?".into());
    }
    if mac.len() != 64 {
        return Some(format!(
            "v1 has {} hex digits instead of 64: was all of it copied?",
            mac.len()
        ));
    }
    let upper = mac.bytes().any(|byte| byte.is_ascii_uppercase());
    upper.then(|| "v1 is in upper-case hex, but AlgaPSA writes lower-case".into())
}

/// The value as the receiver finds it: the first with that name, with spaces around the whole part.
fn strict<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    header
        .split(',')
        .find_map(|part| part.trim().strip_prefix(name))
}

fn value<'a>(header: &'a str, name: &str) -> Option<&'a str> {
    let parts = header.split([',', ' ', '"', '\'', ':']);
    let mut values = parts.filter_map(|part| part.trim().strip_prefix(name));
    values.next()
}

fn is_number(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}
