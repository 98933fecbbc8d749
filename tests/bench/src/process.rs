//! A function's process: what it has used so far, and what it writes.

use std::collections::BTreeMap;
use std::fs;
use std::io::Read;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result, bail};

/// How much of what a function has written last is shown when it dies.
const SHOWN: usize = 2_000;

/// Ends with this value.
pub struct Process {
    child: Child,
    written: Arc<Written>,
}

#[derive(Default)]
struct Written {
    bytes: AtomicU64,
    last: Mutex<Vec<u8>>,
}

impl Process {
    pub fn start(command: &[String], env: &BTreeMap<String, String>) -> Result<Self> {
        let [program, arguments @ ..] = command else {
            bail!("a function has no command");
        };
        let mut child = Command::new(program)
            .args(arguments)
            .env_clear()
            .envs(env)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("failed to start {program}"))?;
        let written = Arc::<Written>::default();
        follow(child.stdout.take(), &written);
        follow(child.stderr.take(), &written);
        Ok(Self { child, written })
    }

    /// What all its threads have computed so far.
    pub fn cpu(&self) -> Result<Duration> {
        let tasks = format!("/proc/{}/task", self.child.id());
        let mut nanos = 0;
        for task in fs::read_dir(&tasks).with_context(|| format!("failed to list {tasks}"))? {
            let path = task?.path().join("schedstat");
            // A thread may end between the list and the look.
            let stat = fs::read_to_string(path).unwrap_or_default();
            let on_cpu = stat.split(' ').next().unwrap_or_default();
            nanos += on_cpu.parse().unwrap_or(0);
        }
        Ok(Duration::from_nanos(nanos))
    }

    /// The most memory that it has ever held, in kB.
    pub fn peak_kb(&self) -> Result<u64> {
        let path = format!("/proc/{}/status", self.child.id());
        let status = fs::read_to_string(&path).with_context(|| format!("failed to read {path}"))?;
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let peak = peak.with_context(|| format!("{path} has no VmHWM"))?;
        Ok(peak.trim().trim_end_matches(" kB").parse()?)
    }

    /// How many bytes it has written to its log.
    pub fn logged(&self) -> u64 {
        thread::sleep(Duration::from_millis(20)); // for the readers to catch up
        self.written.bytes.load(Ordering::Relaxed)
    }

    /// The end of its log, which may say why it died.
    pub fn last_words(&self) -> String {
        thread::sleep(Duration::from_millis(100));
        let last = self.written.last.lock();
        let last = last.unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&last).into_owned()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn follow(pipe: Option<impl Read + Send + 'static>, written: &Arc<Written>) {
    let written = Arc::clone(written);
    let Some(mut pipe) = pipe else { return };
    thread::spawn(move || {
        let mut buffer = vec![0; 65_536];
        while let Ok(read @ 1..) = pipe.read(&mut buffer) {
            let bytes = u64::try_from(read).expect("a buffer is not that long");
            written.bytes.fetch_add(bytes, Ordering::Relaxed);
            let mut last = written.last.lock().unwrap_or_else(PoisonError::into_inner);
            last.extend_from_slice(&buffer[..read]);
            let too_much = last.len().saturating_sub(SHOWN);
            last.drain(..too_much);
        }
    });
}
