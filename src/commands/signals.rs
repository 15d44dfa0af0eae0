//! Handles the signals that ask a command to end: Ctrl-C, and on Unix SIGTERM and SIGHUP.

use std::io;

/// Calls `handler` whenever the process is asked to end. A signal that was ignored when the process
/// started stays ignored: `nohup` ignores SIGHUP, and shells ignore SIGINT for background commands.
#[cfg(unix)]
pub(super) fn listen(handler: impl Fn() + Send + 'static) -> io::Result<()> {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use signal_hook::iterator::Signals;

    let listened = [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| !is_ignored(*signal));
    let mut signals = Signals::new(listened)?;
    std::thread::Builder::new().spawn(move || signals.forever().for_each(|_| handler()))?;
    Ok(())
}

/// Whether the process ignores a signal. Its children inherit this, so a child that sends the
/// signal to itself shows it.
#[cfg(unix)]
fn is_ignored(signal: i32) -> bool {
    let script = format!("kill -{signal} $$; exit 0");
    let child = std::process::Command::new("sh")
        .args(["-c", &script])
        .stdin(std::process::Stdio::null())
        .status();
    child.is_ok_and(|status| status.success())
}

/// Calls `handler` at Ctrl-C.
#[cfg(not(unix))]
pub(super) fn listen(handler: impl Fn() + Send + 'static) -> io::Result<()> {
    ctrlc::set_handler(handler).map_err(io::Error::other)
}
