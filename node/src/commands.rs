//! The commands, each a client of the JSON interface behind the [`Door`].

mod action;

use std::path::Path;

use serde_json::json;

use crate::api::bundles::{CHANGES_HEADER, FILES_HEADER, FILES_LEFT_HEADER, LEFT_HEADER};
use crate::api::events::{Event, Preview};
use crate::cli::{Command, ImportArgs, RulesCommand, Surroundings};
use crate::config::Config;
use crate::door::{Call, Door};
use crate::failure::{Exit, Failure};
use crate::os;
use crate::output::Output;
use crate::restore;

/// Runs one command (not `serve`).
pub(crate) async fn run(
    command: Command,
    config: Config,
    surroundings: Surroundings,
    output: &mut Output,
) -> Result<Exit, Failure> {
    // A file that cannot be read is said before the data folder is touched.
    let upload = match &command {
        Command::Import(args) => Some(read_file(&args.file, output)?),
        _ => None,
    };
    let bundle = match &command {
        Command::ImportBundle { file } => Some(read_file(file, output)?),
        _ => None,
    };
    let rules = match &command {
        Command::Rules(RulesCommand::Set { file }) => Some(read_file(file, output)?),
        _ => None,
    };
    if let Command::Restore(args) = &command {
        return restore::run(&config, args, output);
    }
    let door = Door::open(config, surroundings).await?;
    match command {
        Command::Serve(_) | Command::Restore(_) => Ok(Exit::Usage),
        Command::Init { login, name } => {
            let body = json!({ "login": login, "name": name });
            events(&door, Call::post("/api/v1/accounts/first", &body), output).await
        }
        Command::Enrol { string, name } => {
            let name = name.unwrap_or_else(os::machine_name);
            let body = json!({ "string": string, "name": name });
            events(&door, Call::post("/api/v1/enrol", &body), output).await
        }
        Command::Import(args) => import(&door, &args, upload.unwrap_or_default(), output).await,
        Command::Undo { batch } => {
            let call = Call::post(format!("/api/v1/imports/{batch}/undo"), &json!({}));
            events(&door, call, output).await
        }
        Command::Export { file } => {
            let status = door.send(Call::get("/api/v1/sync")).await?.events(|_| {}).await?;
            let people = if let Event::Status(status) = status { status.people } else { 0 };
            save(&door, "/api/v1/export.xlsx", &file, output).await?;
            output.event(&Event::Exported { people, file: shown(&file) });
            Ok(Exit::Ok)
        }
        Command::Template { file } => {
            save(&door, "/api/v1/template.xlsx", &file, output).await?;
            output.event(&Event::Template { file: shown(&file) });
            Ok(Exit::Ok)
        }
        Command::Sync => events(&door, Call::post("/api/v1/sync", &json!({})), output).await,
        Command::Status => events(&door, Call::get("/api/v1/sync"), output).await,
        Command::Backup { file } => {
            let file = std::path::absolute(&file).unwrap_or(file);
            let body = json!({ "file": shown(&file) });
            events(&door, Call::post("/api/v1/backup", &body), output).await
        }
        Command::Scrub => {
            let found = lines(&door, Call::post("/api/v1/scrub", &json!({})), output).await?;
            let clean = matches!(found, Event::Scrubbed { findings: 0, .. });
            Ok(if clean { Exit::Ok } else { Exit::Failed })
        }
        Command::Compact => events(&door, Call::post("/api/v1/compact", &json!({})), output).await,
        Command::CheckConflicts => {
            events(&door, Call::post("/api/v1/check-conflicts", &json!({})), output).await
        }
        Command::ExportBundle { file, next } => export_bundle(&door, &file, next, output).await,
        Command::ImportBundle { .. } => {
            let call = Call::upload("/api/v1/bundles/import", "", bundle.unwrap_or_default());
            events(&door, call, output).await
        }
        Command::Rules(RulesCommand::Show) => {
            events(&door, Call::get("/api/v1/rules"), output).await
        }
        Command::Rules(RulesCommand::Set { .. }) => {
            let call = Call::upload("/api/v1/rules", "", rules.unwrap_or_default());
            events(&door, call, output).await
        }
        Command::Actions { name } => action::list(&door, name.as_deref(), output).await,
        Command::Action(args) => action::run(&door, &args, output).await,
        Command::ResetPassword { login } => {
            let body = json!({ "login": login });
            events(&door, Call::post("/api/v1/accounts/reset-password", &body), output).await
        }
    }
}

/// Sends a call and prints what comes.
async fn events(door: &Door, call: Call, output: &mut Output) -> Result<Exit, Failure> {
    lines(door, call, output).await.map(|_| Exit::Ok)
}

/// The same, with the last event to look at.
async fn lines(door: &Door, call: Call, output: &mut Output) -> Result<Event, Failure> {
    door.send(call).await?.events(|event| output.event(event)).await
}

/// Writes a bundle for the city; the file must not be there yet.
async fn export_bundle(
    door: &Door,
    file: &Path,
    next: bool,
    output: &mut Output,
) -> Result<Exit, Failure> {
    if file.exists() {
        return Err(Failure::in_words(
            "file_exists",
            output.lang,
            "Đã có tệp mang tên này; hãy chọn tên khác để không ghi đè gói cũ.",
            "There is a file of this name; choose another so that no older bundle is overwritten.",
        )
        .with_status(422));
    }
    let answer = door.send(Call::post("/api/v1/bundles/export", &json!({ "go_on": next }))).await?;
    let count = |name: &str| answer.header(name).and_then(|text| text.parse().ok()).unwrap_or(0);
    let (changes, left) = (count(CHANGES_HEADER), count(LEFT_HEADER));
    let (files, files_left) = (count(FILES_HEADER), count(FILES_LEFT_HEADER));
    let bytes = answer.bytes().await?;
    let size = bytes.len() as u64;
    std::fs::write(file, bytes).map_err(|error| cannot_write(file, &error, output))?;
    let file = shown(file);
    output.event(&Event::BundleExported { file, bytes: size, changes, left, files, files_left });
    Ok(Exit::Ok)
}

/// Looks, asks, writes.
async fn import(
    door: &Door,
    args: &ImportArgs,
    bytes: Vec<u8>,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let name = args.file.file_name().map(|name| name.to_string_lossy().into_owned());
    let call = Call::upload("/api/v1/imports", &name.unwrap_or_default(), bytes);
    let answer = door.send(call).await?.events(|_| {}).await?;
    let Event::Preview(preview) = answer else { return Ok(Exit::Failed) };
    let preview = print_preview(preview, output);
    if args.dry_run {
        output.event(&Event::DryRun);
        return Ok(Exit::Ok);
    }
    let wanted = if args.with_errors { preview.rows } else { preview.ready };
    if wanted == 0 {
        return Err(Failure::in_words(
            "nothing_to_import",
            output.lang,
            "Tệp không có dòng nào nhập được; hãy sửa các lỗi đã nêu rồi nhập lại.",
            "No row of the file can be imported; correct what is listed and import again.",
        )
        .with_status(422));
    }
    if !args.yes && !confirmed(wanted, output)? {
        output.event(&Event::DryRun);
        return Ok(Exit::Ok);
    }
    let body = json!({
        "duplicates": args.duplicates.as_str(),
        "with_errors": args.with_errors,
    });
    let call = Call::post(format!("/api/v1/imports/{}/commit", preview.token), &body);
    events(door, call, output).await
}

/// Every bad cell first, then the counts.
fn print_preview(mut preview: Preview, output: &mut Output) -> Preview {
    for text in &preview.notes {
        output.event(&Event::Note { text: text.clone() });
    }
    for problem in std::mem::take(&mut preview.problems) {
        output.event(&Event::Problem(problem));
    }
    output.event(&Event::Preview(preview.clone()));
    preview
}

fn confirmed(rows: u64, output: &mut Output) -> Result<bool, Failure> {
    if !output.may_ask() {
        return Err(Failure::in_words(
            "not_confirmed",
            output.lang,
            "Chưa ghi gì vì chưa được xác nhận; hãy thêm --yes để nhập, hoặc --dry-run để chỉ kiểm tra.",
            "Nothing was written because nobody confirmed; add --yes to import, or --dry-run to check only.",
        )
        .with_status(422));
    }
    let question = match output.lang {
        wardbook_record::Lang::Vi => format!("Nhập {rows} dòng? [c/K]"),
        wardbook_record::Lang::En => format!("Import {rows} rows? [y/N]"),
    };
    Ok(output.ask(&question))
}

async fn save(door: &Door, path: &str, file: &Path, output: &Output) -> Result<(), Failure> {
    let bytes = door.send(Call::get(path)).await?.bytes().await?;
    std::fs::write(file, bytes).map_err(|error| cannot_write(file, &error, output))
}

fn read_file(file: &Path, output: &Output) -> Result<Vec<u8>, Failure> {
    let name = file.display();
    std::fs::read(file).map_err(|_| {
        let (vi, en) = (
            format!("Không đọc được tệp {name}; hãy kiểm tra đường dẫn và quyền đọc tệp."),
            format!("The file {name} cannot be read; check its path and permissions."),
        );
        Failure::in_words("file_unreadable", output.lang, &vi, &en).with_status(422)
    })
}

fn cannot_write(file: &Path, error: &std::io::Error, output: &Output) -> Failure {
    if error.kind() == std::io::ErrorKind::StorageFull {
        return Failure::in_words(
            "disk_full",
            output.lang,
            "Ổ đĩa đã đầy nên chưa ghi được tệp; hãy giải phóng chỗ trống rồi chạy lại.",
            "The disk is full and the file was not written; free some space and run again.",
        );
    }
    let name = file.display();
    let (vi, en) = (
        format!("Không ghi được tệp {name}; hãy chọn thư mục khác hoặc kiểm tra quyền ghi."),
        format!("The file {name} cannot be written; choose another folder or check permissions."),
    );
    Failure::in_words("file_unwritable", output.lang, &vi, &en).with_status(422)
}

fn shown(file: &Path) -> String {
    file.display().to_string()
}
