//! One alarm of a stack: fed with what the stack has measured, and judged twice.
//!
//! The local CloudWatch judges alarms when a metric is put and at no other time, whatever the metric's dimensions, and
//! knows nothing of missing data. So an alarm is fed with its very own metric only, under its own dimensions, and is also
//! judged here by the rules of the real one. No test waits for a whole window to pass: what is fed is dated back so far
//! that it leaves the window half a minute later.

mod emf;

use std::cell::RefCell;

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use self::emf::Point;
use crate::cloud::{call, form_call, percent_encoded};
use crate::poll::{wait_for, wait_until};
use crate::stack::Stack;
use crate::target::SOON;

/// How long what is fed stays in the window.
const LINGERS: SignedDuration = SignedDuration::from_secs(30);

/// An alarm as it is deployed.
#[derive(Debug)]
pub struct Alarm {
    pub name: String,
    definition: Value,
    known: RefCell<Vec<Point>>,
}

impl Alarm {
    pub fn of(stack: &Stack, name: &str) -> Self {
        let name = format!("{}-{name}", stack.stack_name);
        let definition = described(&name).unwrap_or_else(|| panic!("there is no alarm {name}"));
        Self {
            name,
            definition,
            known: RefCell::default(),
        }
    }

    pub fn all(stack: &Stack) -> Vec<Value> {
        let input = json!({ "AlarmNamePrefix": format!("{}-", stack.stack_name) });
        let mut answer = call("monitoring", "DescribeAlarms", &input).expect("CloudWatch answers");
        let alarms = answer["MetricAlarms"].take();
        serde_json::from_value(alarms).expect("alarms are a list")
    }

    /// Something of its definition, under CloudWatch's name.
    pub fn says(&self, name: &str) -> &Value {
        &self.definition[name]
    }

    /// Whether its metric is measured of that queue, by its URL, or function and of nothing else.
    pub fn is_about(&self, resource: &str) -> bool {
        let name = resource.rsplit('/').next();
        let dimensions = self.definition["Dimensions"].as_array();
        let dimensions = dimensions.map_or(&[][..], Vec::as_slice);
        matches!(dimensions, [only] if only["Value"].as_str() == name)
    }

    /// Waits until the stack's functions have logged `more` further values of the alarm's metric, and feeds it with them.
    pub fn learn(&self, stack: &Stack, more: usize) {
        let before = self.known.borrow().len();
        let what = format!("{more} more values for {}", self.name);
        let logged = wait_for(&what, SOON, || {
            Some(self.logged(stack)).filter(|points| points.len() >= before + more)
        });
        for point in &logged[before..] {
            self.feed(*point);
        }
    }

    /// Feeds it with a value that AWS itself would have measured now.
    pub fn measure(&self, value: f64) {
        self.feed((Timestamp::now(), value));
    }

    fn feed(&self, point: Point) {
        self.known.borrow_mut().push(point);
        let window = self.period() * self.number("EvaluationPeriods");
        self.put(Timestamp::now() - window + LINGERS, point.1);
    }

    fn put(&self, at: Timestamp, value: f64) {
        let datum = json!({
            "MetricName": self.definition["MetricName"],
            "Dimensions": self.definition["Dimensions"],
            "Timestamp": at.as_millisecond() / 1000,
            "Value": value,
        });
        let input = json!({ "Namespace": self.definition["Namespace"], "MetricData": [datum] });
        call("monitoring", "PutMetricData", &input).expect("CloudWatch takes metrics");
    }

    /// Its state to the local CloudWatch: `OK`, `ALARM` or `INSUFFICIENT_DATA`.
    pub fn state(&self) -> String {
        let alarm = described(&self.name).expect("it is still there");
        alarm["StateValue"].as_str().unwrap_or_default().to_owned()
    }

    /// Whether it rings, to the local CloudWatch and by the rules.
    pub fn rings(&self) -> bool {
        let state = self.state();
        let judged = self.judged_at(Timestamp::now());
        assert_eq!(judged, state == "ALARM", "{}: {state}", self.name);
        judged
    }

    /// Waits until it has ended, with no further value for it, or with this one.
    pub fn ends(&self, measured: Option<f64>) {
        wait_until(&format!("the end of {}", self.name), SOON, || {
            self.put(Timestamp::now(), measured.unwrap_or(0.0));
            self.state() == "OK"
        });
        let window = self.period() * self.number("EvaluationPeriods");
        let later = Timestamp::now() + window;
        if let Some(value) = measured {
            self.known.borrow_mut().push((later, value));
        }
        assert!(!self.judged_at(later), "{} by the rules", self.name);
    }

    /// Whether CloudWatch would have it ring at that time, out of what is known by then.
    pub fn judged_at(&self, now: Timestamp) -> bool {
        let periods = self.number("EvaluationPeriods");
        let needed = self.definition["DatapointsToAlarm"].as_i64();
        let breaching = (0..periods).filter(|back| {
            let until = now - self.period() * *back;
            self.is_breaching(until - self.period(), until)
        });
        breaching.count() >= usize::try_from(needed.unwrap_or(periods.into())).expect("a count")
    }

    fn is_breaching(&self, after: Timestamp, until: Timestamp) -> bool {
        let known = self.known.borrow();
        let values = known.iter().filter(|(at, _)| *at > after && *at <= until);
        let values: Vec<f64> = values.map(|(_, value)| *value).collect();
        let missing = self.definition["TreatMissingData"].as_str();
        match (self.statistic(&values), missing) {
            (Some(value), _) => self.crosses(value),
            (None, Some("breaching")) => true,
            (None, Some("notBreaching" | "ignore")) => false,
            (None, other) => panic!("{other:?} is not known here"),
        }
    }

    fn statistic(&self, values: &[f64]) -> Option<f64> {
        let sum: f64 = values.iter().sum();
        let count = u32::try_from(values.len()).expect("few values");
        (count > 0).then(|| match self.definition["Statistic"].as_str() {
            Some("Sum") => sum,
            Some("Average") => sum / f64::from(count),
            Some("Maximum") => values.iter().copied().fold(f64::MIN, f64::max),
            other => panic!("{other:?} is not known here"),
        })
    }

    fn crosses(&self, value: f64) -> bool {
        let threshold = self.definition["Threshold"].as_f64().expect("a number");
        match self.definition["ComparisonOperator"].as_str() {
            Some("GreaterThanThreshold") => value > threshold,
            Some("GreaterThanOrEqualToThreshold") => value >= threshold,
            Some("LessThanThreshold") => value < threshold,
            other => panic!("{other:?} is not known here"),
        }
    }

    /// Takes a value as measured at another time, or by AWS itself; only the rules here hear of it.
    pub fn remember(&self, point: Point) {
        self.known.borrow_mut().push(point);
    }

    /// What the functions have logged of its metric, under its namespace and dimensions, oldest first.
    pub fn logged(&self, stack: &Stack) -> Vec<Point> {
        let [receiver, reactor] = [stack.receiver_log(), stack.reactor_log()];
        let lines = [receiver, reactor, stack.reconciler_log()].concat();
        let points = lines.iter().map(|line| emf::points(line, &self.definition));
        let mut points: Vec<Point> = points.flatten().collect();
        points.sort_by_key(|(at, _)| *at);
        points
    }

    /// What AWS itself has recorded of its metric in this minute and the one before, under its own dimensions.
    pub fn recorded(&self) -> f64 {
        let now = Timestamp::now();
        let statistic = self.definition["Statistic"].as_str().expect("a statistic");
        let input = json!({
            "Namespace": self.definition["Namespace"],
            "MetricName": self.definition["MetricName"],
            "Dimensions": self.definition["Dimensions"],
            "StartTime": now.as_second() - 120,
            "EndTime": now.as_second() + 60,
            "Period": 3600,
            "Statistics": [statistic],
        });
        let answer = call("monitoring", "GetMetricStatistics", &input).expect("CloudWatch answers");
        let points = answer["Datapoints"].as_array().expect("a list");
        let values = points.iter().map(|point| point[statistic].as_f64());
        values.flatten().sum()
    }

    fn period(&self) -> SignedDuration {
        SignedDuration::from_secs(self.number("Period").into())
    }

    fn number(&self, name: &str) -> i32 {
        let number = self.definition[name].as_i64().expect("a number");
        i32::try_from(number).expect("a small number")
    }
}

fn described(name: &str) -> Option<Value> {
    let input = json!({ "AlarmNames": [name] });
    let mut answer = call("monitoring", "DescribeAlarms", &input).expect("CloudWatch answers");
    answer["MetricAlarms"].get_mut(0).map(Value::take)
}

/// Subscribes a queue to a topic.
pub fn subscribe(topic_arn: &str, queue_arn: &str) {
    let (topic, queue) = (percent_encoded(topic_arn), percent_encoded(queue_arn));
    let form = format!(
        "Action=Subscribe&Version=2010-03-31&TopicArn={topic}&Protocol=sqs&Endpoint={queue}"
    );
    form_call("sns", form).expect("the topic takes a subscriber");
}
