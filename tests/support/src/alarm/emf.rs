//! Lines in CloudWatch's embedded metric format, read as CloudWatch reads them.

use jiff::Timestamp;
use serde_json::{Value, json};

/// A value, and when it was measured.
pub type Point = (Timestamp, f64);

/// What a line measures of the metric that an alarm is on: none, unless namespace, name and dimensions are the same.
pub fn points(line: &Value, alarm: &Value) -> Vec<Point> {
    let name = alarm["MetricName"].as_str().expect("a name");
    if !(declares(line, alarm, name) && has_dimensions(line, alarm)) {
        return Vec::new();
    }
    let at = line["_aws"]["Timestamp"].as_i64().expect("a time");
    let at = Timestamp::from_millisecond(at).expect("a time");
    let values = values(&line[name]).into_iter();
    values.map(|value| (at, value)).collect()
}

fn declares(line: &Value, alarm: &Value, name: &str) -> bool {
    let dimensions = list(&alarm["Dimensions"]).map(|dimension| dimension["Name"].clone());
    let dimensions: Vec<Value> = dimensions.collect();
    list(&line["_aws"]["CloudWatchMetrics"]).any(|directive| {
        directive["Namespace"] == alarm["Namespace"]
            && directive["Dimensions"] == json!([dimensions])
            && list(&directive["Metrics"]).any(|metric| metric["Name"] == name)
    })
}

fn has_dimensions(line: &Value, alarm: &Value) -> bool {
    list(&alarm["Dimensions"]).all(|dimension| {
        let name = dimension["Name"].as_str().unwrap_or_default();
        line[name] == dimension["Value"]
    })
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// One value, or several and how often each was seen.
fn values(written: &Value) -> Vec<f64> {
    if let Some(value) = written.as_f64() {
        return vec![value];
    }
    let counts = list(&written["Counts"]).map(|count| count.as_u64().expect("a count"));
    let repeated = list(&written["Values"])
        .zip(counts)
        .flat_map(|(value, count)| {
            let times = usize::try_from(count).expect("a small count");
            std::iter::repeat_n(value.as_f64().expect("a number"), times)
        });
    repeated.collect()
}
