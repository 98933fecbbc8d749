//! Ends the very process at the other end of a connection: a function that dies while it reacts.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Kills the `bootstrap` that opened the connection from `peer`; anything else is spared.
pub fn kill(peer: SocketAddr) {
    let process = owner(peer).expect("the caller runs on this machine");
    let name = fs::read_to_string(process.join("comm")).unwrap_or_default();
    assert_eq!(name.trim(), "bootstrap", "only a function may be killed");
    let id = process.file_name().expect("a process has an id");
    let killed = Command::new("kill").arg("-KILL").arg(id).status();
    assert!(
        killed.expect("kill can be run").success(),
        "could not kill {}",
        process.display()
    );
}

/// The process, under /proc, that holds the socket whose own address is `peer`.
fn owner(peer: SocketAddr) -> Option<PathBuf> {
    let socket = format!("socket:[{}]", inode(peer)?);
    let holds = |process: &Path| {
        let files = fs::read_dir(process.join("fd"));
        let files = files.into_iter().flatten().flatten();
        files
            .filter_map(|file| fs::read_link(file.path()).ok())
            .any(|link| link.as_os_str() == socket.as_str())
    };
    let processes = fs::read_dir("/proc");
    let processes = processes.ok()?.flatten().map(|entry| entry.path());
    processes
        .filter(|path| path.join("comm").exists())
        .find(|process| holds(process))
}

/// Lines of /proc/net/tcp are `sl local_address rem_address st … inode …`, with the address in host byte order.
fn inode(peer: SocketAddr) -> Option<String> {
    let SocketAddr::V4(peer) = peer else {
        return None;
    };
    let address = u32::from_ne_bytes(peer.ip().octets());
    let local = format!("{address:08X}:{:04X}", peer.port());
    let table = fs::read_to_string("/proc/net/tcp").ok()?;
    let line = table
        .lines()
        .find(|line| line.split_whitespace().nth(1) == Some(&local))?;
    line.split_whitespace().nth(9).map(str::to_owned)
}
