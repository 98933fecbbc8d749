//! Ends the very process at the other end of a connection: a function that dies while it reacts.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::poll::wait_for;
use crate::target::SOON;

/// Kills the `bootstrap` that opened the connection from `peer` to `here`; anything else is spared.
pub fn kill(peer: SocketAddr, here: SocketAddr) {
    // The kernel's table may lack a line while others change.
    let process = wait_for("the caller's process", SOON, || owner(peer, here));
    let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
    assert_eq!(name.trim(), "bootstrap", "only a function may be killed");
    let id = process.file_name().expect("a process has an id");
    let killed = Command::new("kill").arg("-KILL").arg(id).status();
    let killed = killed.expect("kill can be run").success();
    assert!(killed, "could not kill {}", process.display());
}

/// The process, under /proc, that holds the socket from `peer` to `here`.
fn owner(peer: SocketAddr, here: SocketAddr) -> Option<PathBuf> {
    let socket = format!("socket:[{}]", inode(peer, here)?);
    let holds = |process: &Path| {
        let files = fs::read_dir(process.join("fd"));
        let files = files.into_iter().flatten().flatten();
        let mut links = files.filter_map(|file| fs::read_link(file.path()).ok());
        links.any(|link| link.as_os_str() == socket.as_str())
    };
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let mut processes = processes.map(|entry| entry.path());
    processes.find(|path| path.join("comm").exists() && holds(path))
}

/// Lines of /proc/net/tcp are `sl local_address rem_address st … inode …`, with the addresses in host byte order. One local
/// address may be that of several connections.
fn inode(peer: SocketAddr, here: SocketAddr) -> Option<String> {
    let ends = [written(peer)?, written(here)?];
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    let lines = table.lines().map(|line| line.split_whitespace().collect());
    let mut lines = lines.filter(|line: &Vec<&str>| line.len() > 9 && line[1..3] == ends);
    Some(lines.next()?[9].to_owned())
}

fn written(address: SocketAddr) -> Option<String> {
    let SocketAddr::V4(address) = address else {
        return None;
    };
    let ip = u32::from_ne_bytes(address.ip().octets());
    Some(format!("{ip:08X}:{:04X}", address.port()))
}
