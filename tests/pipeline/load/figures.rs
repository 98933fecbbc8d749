//! What a burst took, as a table.

use std::fs;
use std::time::Duration;

use comfy_table::{CellAlignment, Table, presets::NOTHING};
use support::Stack;

/// What was measured of one burst.
pub struct Figures {
    tickets: usize,
    events: usize,
    times: Times,
    loose: usize,
    receivers: Option<usize>,
    reactors: Option<usize>,
}

/// How long it took.
#[derive(Clone, Copy)]
pub struct Times {
    /// From the first event to the last acknowledgement.
    pub sent: Duration,
    /// From the first event to the last reaction.
    pub settled: Duration,
    /// From the first reaction to the last.
    pub reacting: Duration,
}

impl Figures {
    /// `loose` counts what was overtaken by more than the hold.
    pub fn new(tickets: usize, events: usize, times: Times, loose: usize, stack: &Stack) -> Self {
        Self {
            tickets,
            events,
            times,
            loose,
            receivers: peak_kb(&stack.receiver_function),
            reactors: peak_kb(&stack.reactor_function),
        }
    }

    fn row(&self) -> [String; 8] {
        let seconds = |time: Duration| format!("{:.1} s", time.as_secs_f64());
        let megabytes = |kb: usize| format!("{} MB", kb / 1024);
        let megabytes = |kb: Option<usize>| kb.map_or_else(|| "unknown".into(), megabytes);
        let count = u32::try_from(self.events).expect("they are counted");
        let each = (self.times.reacting / count).as_secs_f64() * 1e3;
        [
            self.tickets.to_string(),
            self.events.to_string(),
            seconds(self.times.sent),
            seconds(self.times.settled),
            format!("{each:.1} ms"),
            self.loose.to_string(),
            megabytes(self.receivers),
            megabytes(self.reactors),
        ]
    }
}

/// One line for each burst, in order: its size, when all of it was sent and settled, how long a reaction took on average,
/// and the most memory that an instance of each function has used so far.
pub fn table(all: &[Figures]) -> Table {
    let mut table = Table::new();
    let counted = ["tickets", "events", "sent in", "settled in"];
    let more = ["a reaction", "overtaken", "receiver", "reactor"];
    table
        .load_preset(NOTHING)
        .set_header([counted, more].concat());
    for figures in all {
        table.add_row(figures.row());
    }
    for column in table.column_iter_mut() {
        column.set_cell_alignment(CellAlignment::Right);
    }
    table
}

/// The most memory that any running instance of a function has used, where the system tells.
fn peak_kb(function: &str) -> Option<usize> {
    let named = format!("AWS_LAMBDA_FUNCTION_NAME={function}");
    let processes = fs::read_dir("/proc").ok()?.filter_map(Result::ok);
    let mine = processes.filter(|process| {
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        let mut variables = environment.split(|byte| *byte == 0);
        variables.any(|variable| variable == named.as_bytes())
    });
    mine.filter_map(|process| {
        let status = fs::read_to_string(process.path().join("status")).ok()?;
        let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
        line.split_whitespace().nth(1)?.parse().ok()
    })
    .max()
}
