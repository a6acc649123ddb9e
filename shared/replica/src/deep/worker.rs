//! The worker's side: limits first, then one document after the other until the server goes.

use std::io::{self, Read, Write};
use std::process::ExitCode;

use super::{SUBCOMMAND, frame, try_out};

/// All memory of a worker, in bytes.
#[cfg(unix)]
const MEMORY_MAX: u64 = 512 * 1024 * 1024;
/// All CPU time of a worker, in seconds. The server replaces a worker long before honest documents
/// use it up.
#[cfg(unix)]
const CPU_SECONDS_MAX: u64 = 60;

/// Becomes a worker when the program was started as one: call this before anything else in `main`
/// and return what it gives.
pub fn serve_if_asked() -> Option<ExitCode> {
    let mut words = std::env::args_os().skip(1);
    if words.next()? != SUBCOMMAND || words.next().is_some() {
        return None;
    }
    // Panics are verdicts here, not news.
    std::panic::set_hook(Box::new(|_| {}));
    let served = limit().and_then(|()| serve(&mut io::stdin().lock(), &mut io::stdout().lock()));
    Some(if served.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Without limits a worker protects nothing, so it does not start then.
#[cfg(unix)]
fn limit() -> io::Result<()> {
    use rlimit::Resource;
    let lower = |what: Resource, to: u64| {
        let (_, hard) = what.get()?;
        what.set(to.min(hard), to.min(hard))
    };
    lower(Resource::AS, MEMORY_MAX)?;
    lower(Resource::CPU, CPU_SECONDS_MAX)?;
    // No file is ever written, and no memory image of what is in the records.
    lower(Resource::FSIZE, 0)?;
    lower(Resource::CORE, 0)
}

/// Elsewhere the server's patience is the only limit.
#[cfg(not(unix))]
fn limit() -> io::Result<()> {
    Ok(())
}

fn serve(input: &mut impl Read, output: &mut impl Write) -> io::Result<()> {
    while let Some(bytes) = frame::read(input)? {
        let work = frame::decode_work(&bytes).map_err(io::Error::other)?;
        drop(bytes);
        frame::write(output, &frame::encode_verdict(&try_out(&work)))?;
    }
    Ok(())
}
