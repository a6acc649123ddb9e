//! `restore`: puts a backup back into an empty data folder. No `serve` can be running there.

use std::io::Read as _;
use std::path::Path;

use wardbook_base::Redacted;

use crate::api::events::Event;
use crate::cli::RestoreArgs;
use crate::config::Config;
use crate::failure::{Exit, Failure};
use crate::output::Output;

/// A recovery key has 74 characters; a file that holds one may explain itself in a few lines.
const IDENTITY_BYTES_MAX: u64 = 16 * 1024;
/// What a recovery key begins with.
const KEY_START: &str = "AGE-SECRET-KEY-";

/// Runs the command.
pub(crate) fn run(
    config: &Config,
    args: &RestoreArgs,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let identity = identity(args, output)?;
    let keys = args.keys.clone().unwrap_or_else(|| wardbook_store::keys_file_of(&args.file));
    let report = wardbook_store::open_backup_with(&args.file, &keys, &identity.0, &config.data)
        .map_err(|error| Failure::new(error.code(), error.sentence(output.lang)))?;
    output.event(&Event::Restored {
        file: args.file.display().to_string(),
        data: config.data.display().to_string(),
        documents: report.documents,
    });
    Ok(Exit::Ok)
}

/// The recovery key: given as such, in a file, or on standard input. It never stands in a log.
fn identity(args: &RestoreArgs, output: &mut Output) -> Result<Redacted<String>, Failure> {
    let text = match &args.identity {
        Some(text) if text.trim_start().starts_with(KEY_START) => text.clone(),
        Some(file) => read_key_file(Path::new(file), output)?,
        None => {
            output.hint(
                "Nhập khóa khôi phục (AGE-SECRET-KEY-…) rồi nhấn Enter:",
                "Enter the recovery key (AGE-SECRET-KEY-…) and press Enter:",
            );
            let mut line = String::new();
            let _ = std::io::stdin().read_line(&mut line);
            line
        }
    };
    let key = text.lines().map(str::trim).find(|line| line.starts_with(KEY_START));
    key.map(|key| Redacted(key.to_owned())).ok_or_else(|| {
        Failure::in_words(
            "bad_identity",
            output.lang,
            "Không thấy khóa khôi phục; hãy nhập nguyên dòng AGE-SECRET-KEY-… đã chép khi tạo máy, hoặc chỉ ra tệp chứa nó bằng --identity.",
            "There is no recovery key; give the whole line AGE-SECRET-KEY-… that was shown at the beginning, or name the file that holds it by --identity.",
        )
        .with_status(422)
    })
}

fn read_key_file(path: &Path, output: &Output) -> Result<String, Failure> {
    let mut text = String::new();
    let read = std::fs::File::open(path)
        .and_then(|file| file.take(IDENTITY_BYTES_MAX).read_to_string(&mut text));
    match read {
        Ok(_) => Ok(text),
        Err(_) => Err(Failure::in_words(
            "file_unreadable",
            output.lang,
            "Không đọc được tệp chứa khóa khôi phục; hãy kiểm tra đường dẫn và quyền đọc tệp.",
            "The file with the recovery key cannot be read; check its path and permissions.",
        )
        .with_status(422)),
    }
}
