//! The commands of the command line: each asks the API and shows the answer.

mod bundle;
mod door;
mod init;
mod purge;
mod requests;
mod restore;
mod rules;
mod show;
mod split;

use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;

use axum::http::Method;
use serde_json::{Value, json};
use wardbook_base::SystemClock;
use wardbook_record::Lang;

pub use door::{Answer, Door};

use crate::cli::{Cli, Command, PersonCommand, ReportArgs, ReportFormat, RulesCommand};
use crate::error::HubFailure;
use crate::serve;

/// Runs one command to its end.
///
/// # Errors
/// What stopped it.
pub async fn run(cli: &Cli) -> Result<(), HubFailure> {
    match &cli.command {
        Command::Init(args) => init::run(cli, args),
        Command::Serve(args) => serve::run(cli, args, std::sync::Arc::new(SystemClock)).await,
        Command::Report(args) => report(cli, args).await,
        Command::Restore(args) => restore::run(cli, args),
        Command::ImportBundle { file, reply } => bundle::run(cli, file, reply).await,
        Command::Person(PersonCommand::Purge { record, reason, yes }) => {
            purge::run(cli, record, reason, *yes).await
        }
        Command::Rules(RulesCommand::Export { file }) => {
            show(cli, &rules::export(cli, file).await?)
        }
        command => {
            let (method, path, body) = requests::request(cli, command)?;
            let door = Door::open(&cli.data, cli.lang.into()).await?;
            let answer = door.json(method, &path, body).await?;
            show(cli, &with_running(answer.clone(), door.is_running()))?;
            sound(&answer)
        }
    }
}

/// Tells why the program stops, on standard error, and gives the exit code.
pub fn say_failure(failure: &HubFailure, cli: &Cli) -> ExitCode {
    let lang = cli.lang.into();
    let line = if cli.json {
        let message = failure.sentence(lang);
        json!({ "error": { "code": failure.code(), "message": message, "remedy": "" } }).to_string()
    } else {
        failure.sentence(lang)
    };
    // Nobody is left to tell when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{line}");
    ExitCode::from(failure.exit_code())
}

async fn report(cli: &Cli, args: &ReportArgs) -> Result<(), HubFailure> {
    let lang: Lang = cli.lang.into();
    let format =
        args.format.unwrap_or(if cli.json { ReportFormat::Json } else { ReportFormat::Text });
    let ending = match format {
        ReportFormat::Text => ".txt",
        ReportFormat::Json => "",
        ReportFormat::Xlsx if args.out.is_none() => {
            return Err(HubFailure::Usage(lang.pick(
                "Báo cáo dạng .xlsx cần tên tệp; hãy thêm --out bao-cao.xlsx.",
                "A report as .xlsx needs a file; add --out report.xlsx.",
            )));
        }
        ReportFormat::Xlsx => ".xlsx",
    };
    let query = args.as_of.as_ref().map(|day| format!("?as_of={}", in_path(day)));
    let path = format!("/api/v1/report{ending}{}", query.unwrap_or_default());
    let answer = Door::open(&cli.data, lang).await?.call(Method::GET, &path, None).await?;
    match &args.out {
        Some(file) => {
            write_file(file, &answer.body)?;
            if cli.json {
                print(&json!({ "event": "report", "file": file }).to_string())?;
            }
            Ok(())
        }
        None => print(String::from_utf8_lossy(&answer.body).trim_end()),
    }
}

/// An account that does not add up, or a look that found damage, is no success.
fn sound(answer: &Value) -> Result<(), HubFailure> {
    match (answer["event"].as_str(), answer["ok"].as_bool()) {
        (Some("audit"), Some(false)) => Err(HubFailure::DoesNotAddUp),
        (Some("scrub"), Some(false)) => Err(HubFailure::Unsound),
        _ => Ok(()),
    }
}

fn with_running(mut answer: Value, running: bool) -> Value {
    if answer["event"] == "status" {
        answer["running"] = running.into();
    }
    answer
}

fn show(cli: &Cli, answer: &Value) -> Result<(), HubFailure> {
    if cli.json {
        print(&answer.to_string())
    } else {
        print(&show::for_people(answer, cli.lang.into()))
    }
}

/// One result on standard output.
fn print(text: &str) -> Result<(), HubFailure> {
    writeln!(std::io::stdout(), "{text}").map_err(Into::into)
}

fn write_file(path: &Path, bytes: &[u8]) -> Result<(), HubFailure> {
    std::fs::write(path, bytes).map_err(|error| HubFailure::File(path.to_owned(), error))
}

/// Text as one part of an address.
fn in_path(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    text.bytes()
        .map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_with_marks_fits_into_an_address() {
        assert_eq!(in_path("25888.1"), "25888.1");
        assert_eq!(in_path("Uyên Hưng"), "Uy%C3%AAn%20H%C6%B0ng");
        assert_eq!(in_path("../a?b"), "..%2Fa%3Fb");
    }
}
