//! A program that a page shows, running as a user would run it.

use std::io::{self, BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::{env, fs, thread};

use algapsa::{Event, Ticket};
use support::{SOON, Stack, wait_for};
use uuid::Uuid;

/// It ends with this value.
pub struct Program {
    process: Mutex<Child>,
    folder: PathBuf,
    lines: Arc<Mutex<Vec<String>>>,
}

impl Program {
    /// Saves files where the command then runs, with these variables.
    pub fn start(files: &[(&str, &str)], command: &str, variables: &[(&str, &str)]) -> Self {
        let folder = env::temp_dir().join(Uuid::new_v4().to_string());
        fs::create_dir(&folder).expect("a folder can be made");
        for (name, text) in files {
            fs::write(folder.join(name), text).expect("a file can be written");
        }
        let mut bash = Command::new("bash");
        bash.args(["-euc", command]).current_dir(&folder);
        bash.envs(variables.iter().copied());
        let bash = bash.stdout(Stdio::piped()).stderr(Stdio::null());
        let mut process = bash.spawn().expect("bash can be run");
        let lines = heard(process.stdout.take().expect("it is piped"));
        Self {
            process: Mutex::new(process),
            folder,
            lines,
        }
    }

    /// Whether it runs no more.
    pub fn has_ended(&self) -> bool {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        let ended = process.try_wait().expect("it can be asked");
        ended.is_some()
    }

    /// The first line that it prints.
    pub fn first_line(&self) -> String {
        wait_for("the program to say something", SOON, || {
            let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
            lines.first().cloned()
        })
    }

    /// What it did with an event, each time.
    pub fn told(&self, event: &Event) -> Vec<String> {
        let lines = self.lines.lock().unwrap_or_else(PoisonError::into_inner);
        let about = format!(" {} {}", event.event_type, event.event_id);
        let told = lines.iter().filter_map(|line| line.strip_suffix(&about));
        told.map(str::to_owned).collect()
    }

    pub fn wait_for(&self, event: &Event) -> String {
        let what = format!("the program to be told of {}", event.event_id);
        wait_for(&what, SOON, || self.told(event).pop())
    }
}

/// Delivers the first event of a ticket, the third, the second, and the third again, each once the program has told of the one
/// before. Gives them in the order of their reactions.
pub fn overtaken(stack: &Stack, ticket: &Ticket, program: &Program) -> [Event; 3] {
    let [created, straggler, closed] = [("created", 0), ("comment.added", 1), ("closed", 2)]
        .map(|(what, second)| ticket.event(&format!("ticket.{what}"), second));
    let sender = stack.sender();
    for event in [&created, &closed, &straggler] {
        sender.deliver(event);
        program.wait_for(event);
    }
    assert_eq!(sender.retry(&closed, 2).outcome(), "200 duplicate");
    [created, closed, straggler]
}

impl Drop for Program {
    fn drop(&mut self) {
        let process = self.process.get_mut();
        let process = process.unwrap_or_else(PoisonError::into_inner);
        let _ = process.kill();
        let _ = process.wait();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What a process prints, line by line.
fn heard(output: impl io::Read + Send + 'static) -> Arc<Mutex<Vec<String>>> {
    let lines = Arc::new(Mutex::new(Vec::new()));
    let shared = Arc::clone(&lines);
    thread::spawn(move || {
        for line in BufReader::new(output).lines().map_while(Result::ok) {
            let mut lines = shared.lock().unwrap_or_else(PoisonError::into_inner);
            lines.push(line);
        }
    });
    lines
}
