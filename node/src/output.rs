//! What the command line prints: JSON lines for programs, sentences and a progress bar for people.

use std::io::{IsTerminal as _, Write};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;
use wardbook_record::Lang;

use crate::api::events::{CellProblem, Event, Preview, Status};
use crate::failure::Failure;
use crate::sync_task::SyncSummary;

/// Where results and errors go.
pub(crate) struct Output {
    /// The language of sentences.
    pub(crate) lang: Lang,
    /// Whether results are JSON lines.
    json: bool,
    results: Box<dyn Write + Send>,
    errors: Box<dyn Write + Send>,
    /// Drawn on a terminal only; elsewhere every tenth of the way is a line.
    bar: Option<ProgressBar>,
    on_terminal: bool,
    tenths_said: u64,
}

impl Output {
    /// Results to stdout, errors and progress to stderr.
    pub(crate) fn standard(json: bool, lang: Lang) -> Self {
        Self {
            lang,
            json,
            results: Box::new(std::io::stdout()),
            errors: Box::new(std::io::stderr()),
            bar: None,
            on_terminal: std::io::stderr().is_terminal(),
            tenths_said: 0,
        }
    }

    /// Whether a person can be asked.
    pub(crate) fn may_ask(&self) -> bool {
        !self.json && std::io::stdin().is_terminal()
    }

    /// Plain text as a result.
    pub(crate) fn text(&mut self, text: &str) {
        let _ = writeln!(self.results, "{text}");
        let _ = self.results.flush();
    }

    /// One event.
    pub(crate) fn event(&mut self, event: &Event) {
        if self.json {
            let line = serde_json::to_string(event).unwrap_or_default();
            self.text(&line);
        } else if let Event::Progress { done, total } = event {
            self.progress(*done, *total);
        } else {
            self.end_progress();
            let words = words(event, self.lang);
            self.text(&words);
        }
    }

    /// Why the command failed, on stderr.
    pub(crate) fn failure(&mut self, failure: &Failure) {
        self.end_progress();
        let line = if self.json {
            let Failure { code, message, remedy, .. } = failure;
            json!({ "error": { "code": code, "message": message, "remedy": remedy } }).to_string()
        } else {
            failure.message.clone()
        };
        let _ = writeln!(self.errors, "{line}");
    }

    /// Says on a terminal what is waited for.
    pub(crate) fn hint(&mut self, vi: &str, en: &str) {
        if self.on_terminal && !self.json {
            let _ = writeln!(self.errors, "{}", self.lang.pick(vi, en));
        }
    }

    /// A question on stderr, answered on stdin.
    pub(crate) fn ask(&mut self, question: &str) -> bool {
        let _ = write!(self.errors, "{question} ");
        let _ = self.errors.flush();
        let mut answer = String::new();
        let _ = std::io::stdin().read_line(&mut answer);
        matches!(answer.trim().to_lowercase().as_str(), "c" | "co" | "có" | "y" | "yes")
    }

    fn progress(&mut self, done: u64, total: u64) {
        if self.on_terminal {
            let bar = self.bar.get_or_insert_with(|| new_bar(total));
            bar.set_position(done);
            return;
        }
        let tenths = (done * 10).checked_div(total).unwrap_or(10);
        if tenths > self.tenths_said {
            self.tenths_said = tenths;
            let _ = writeln!(self.errors, "{done}/{total}");
        }
    }

    fn end_progress(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
        self.tenths_said = 0;
    }
}

fn new_bar(total: u64) -> ProgressBar {
    let style = ProgressStyle::with_template("{bar:40} {percent:>3} % {pos}/{len} {eta}");
    ProgressBar::new(total).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}

/// An event in words.
fn words(event: &Event, lang: Lang) -> String {
    match event {
        Event::Listening { url, .. } => match lang {
            Lang::Vi => format!("Sổ hồ sơ đang chạy. Mở trình duyệt tại {url} (dừng: Ctrl+C)."),
            Lang::En => format!("Running. Open {url} in a browser (stop: Ctrl+C)."),
        },
        Event::Setup { url, code } => match lang {
            Lang::Vi => {
                format!("Máy này chưa có tài khoản. Mã cài đặt: {code}. Mở {url} để bắt đầu.")
            }
            Lang::En => {
                format!("There is no account yet. Setup code: {code}. Open {url} to begin.")
            }
        },
        Event::Initialised { created: false, login, .. } => match lang {
            Lang::Vi => {
                format!("Đã có tài khoản từ trước; quên mật khẩu thì chạy reset-password {login}.")
            }
            Lang::En => format!(
                "There is an account already; if its password is lost run reset-password {login}."
            ),
        },
        Event::Initialised { login, password, recovery_identity, .. } => {
            first_account(lang, login, password.as_deref(), recovery_identity.as_deref())
        }
        Event::Enrolled(e) => match lang {
            Lang::Vi => format!("Máy này đã ghi danh cho {} (máy chủ {}).", e.ward_name, e.hub_url),
            Lang::En => format!("This machine joined {} (hub {}).", e.ward_name, e.hub_url),
        },
        Event::Problem(problem) => problem_line(problem, lang),
        Event::Note { text } | Event::Finding { text, .. } => text.clone(),
        Event::Preview(preview) => preview_line(preview, lang),
        Event::Progress { done, total } => format!("{done}/{total}"),
        Event::DryRun => {
            lang.pick("Chỉ kiểm tra, chưa ghi gì.", "Checked only, nothing was written.").to_owned()
        }
        Event::Imported { batch, created, updated, unchanged, skipped } => match lang {
            Lang::Vi => format!(
                "Đã nhập: {created} người mới, {updated} người cập nhật, {unchanged} không đổi, {skipped} dòng bỏ qua. Mã lần nhập: {batch} (hoàn tác: undo {batch})."
            ),
            Lang::En => format!(
                "Imported: {created} new, {updated} updated, {unchanged} unchanged, {skipped} rows left out. Batch {batch} (undo {batch})."
            ),
        },
        Event::Undone { undone, kept } => match lang {
            Lang::Vi => format!(
                "Đã hoàn tác {undone} hồ sơ; {kept} hồ sơ giữ nguyên vì đã có người sửa sau khi nhập."
            ),
            Lang::En => format!(
                "{undone} records were put back; {kept} stay because somebody edited them since."
            ),
        },
        Event::Exported { people, file } => match lang {
            Lang::Vi => format!("Đã xuất {people} người ra {file}."),
            Lang::En => format!("{people} people were written to {file}."),
        },
        Event::Template { file } => match lang {
            Lang::Vi => format!("Đã ghi tệp mẫu {file}."),
            Lang::En => format!("The template is {file}."),
        },
        Event::Rules { version, rows } => match lang {
            Lang::Vi => format!("Đã nhận bảng quy tắc bản {version} ({rows} dòng của thành phố)."),
            Lang::En => format!("The rules of version {version} are taken ({rows} rows)."),
        },
        Event::Actions { actions } => crate::action_lines::actions(actions, lang),
        Event::Action { written, lines, findings, .. } => {
            crate::action_lines::action(*written, lines, findings, lang)
        }
        Event::RuleTable { version, rows } => crate::rule_lines::rule_table(*version, rows, lang),
        Event::Step(sum) => step_line(sum, lang),
        Event::Synced(sum) => synced_line(sum, lang),
        Event::Status(status) => status_text(status, lang),
        Event::Backup { file, bytes, keys } => match lang {
            Lang::Vi => format!(
                "Đã sao lưu ra {file} ({bytes} byte) và tệp khóa {keys}. Hãy cất cả hai; tệp khóa chỉ dùng được 35 ngày, nên sao lưu lại trước đó."
            ),
            Lang::En => format!(
                "The backup is {file} ({bytes} bytes) with the file of keys {keys}. Keep both; the keys are good for 35 days, so back up again before."
            ),
        },
        Event::Restored { .. }
        | Event::Scrubbed { .. }
        | Event::Compacted { .. }
        | Event::ConflictsChecked { .. }
        | Event::BundleExported { .. }
        | Event::BundleImported(_) => upkeep_words(event, lang),
        Event::PasswordReset { login, password } => match lang {
            Lang::Vi => format!("Mật khẩu một lần của {login}: {password}"),
            Lang::En => format!("One-time password of {login}: {password}"),
        },
        Event::Failed { error } => error.message.clone(),
    }
}

/// What keeps the data safe, in words.
fn upkeep_words(event: &Event, lang: Lang) -> String {
    match event {
        Event::Restored { file, data, documents } => match lang {
            Lang::Vi => format!(
                "Đã khôi phục {documents} hồ sơ từ {file} vào {data}. Hãy chạy serve: máy tự tiếp tục với mã mới, tự lấy lại từ thành phố những gì mới hơn bản sao lưu, không cần làm gì thêm."
            ),
            Lang::En => format!(
                "{documents} records were restored from {file} to {data}. Run serve: the machine goes on under a new code by itself and fetches from the city what is newer than the backup."
            ),
        },
        Event::Scrubbed { documents, findings: 0 } => match lang {
            Lang::Vi => format!("Đã kiểm tra {documents} hồ sơ: không có chỗ nào hỏng."),
            Lang::En => format!("{documents} records were checked: nothing is damaged."),
        },
        Event::Scrubbed { documents, findings } => match lang {
            Lang::Vi => format!(
                "Đã kiểm tra {documents} hồ sơ: {findings} chỗ hỏng. Hãy sao lưu, kiểm tra ổ đĩa và báo người quản trị."
            ),
            Lang::En => format!(
                "{documents} records were checked: {findings} places are damaged. Back up, check the disk and tell the administrator."
            ),
        },
        Event::Compacted { bytes_before, bytes_after } => match lang {
            Lang::Vi => format!(
                "Đã nén dữ liệu: {bytes_before} byte trước, {bytes_after} byte sau (chỗ trống trong tệp được dùng lại)."
            ),
            Lang::En => format!(
                "Compacted: {bytes_before} bytes before, {bytes_after} after (free space in the file is used again)."
            ),
        },
        Event::ConflictsChecked { checked, differing, unreadable } => match lang {
            Lang::Vi => format!(
                "Đã so {checked} hồ sơ: {differing} hồ sơ có danh sách xung đột sai và đã sửa, {unreadable} hồ sơ không đọc được."
            ),
            Lang::En => format!(
                "{checked} records were compared: the conflicts of {differing} were listed wrongly and put right, {unreadable} could not be read."
            ),
        },
        Event::BundleExported { .. } => bundle_line(event, lang),
        Event::BundleImported(taken) => taken.words.clone(),
        _ => String::new(),
    }
}

fn bundle_line(event: &Event, lang: Lang) -> String {
    let Event::BundleExported { file, bytes, changes, left, files, files_left } = event else {
        return String::new();
    };
    let text = match lang {
        Lang::Vi => format!(
            "Đã ghi gói đồng bộ {file} ({changes} thay đổi, {files} tệp đính kèm, {bytes} byte). Chép tệp này nộp cho thành phố, rồi nhập gói trả lời bằng import-bundle."
        ),
        Lang::En => format!(
            "The bundle is {file} ({changes} changes, {files} files, {bytes} bytes). Take it to the city and import the reply by import-bundle."
        ),
    };
    let text = match (files_left, lang) {
        (0, _) => text,
        (_, Lang::Vi) => format!(
            "{text} Còn {files_left} tệp đính kèm chờ gói tiếp theo: ghi ngay bằng export-bundle --next."
        ),
        (_, Lang::En) => format!(
            "{text} {files_left} files wait for the next bundle: write it by export-bundle --next."
        ),
    };
    match (left, lang) {
        (0, _) => text,
        (_, Lang::Vi) => format!(
            "{text} Còn {left} thay đổi chưa vừa gói này: xuất tiếp sau khi nhập gói trả lời."
        ),
        (_, Lang::En) => {
            format!("{text} {left} changes did not fit: export again after the reply was imported.")
        }
    }
}

fn first_account(
    lang: Lang,
    login: &str,
    password: Option<&str>,
    recovery: Option<&str>,
) -> String {
    let password = password.unwrap_or_default();
    let mut text = match lang {
        Lang::Vi => format!("Tài khoản đầu tiên: {login}\nMật khẩu một lần: {password}"),
        Lang::En => format!("First account: {login}\nOne-time password: {password}"),
    };
    if let Some(recovery) = recovery {
        text.push_str(lang.pick(
            "\nKhóa khôi phục bản sao lưu (chỉ hiện một lần, hãy chép ra giấy và cất riêng):\n",
            "\nRecovery key of backups (shown once; write it down and keep it apart):\n",
        ));
        text.push_str(recovery);
    }
    text
}

fn problem_line(problem: &CellProblem, lang: Lang) -> String {
    let CellProblem { cell, label, value, reason, remedy, level, .. } = problem;
    let level = match (level.as_str(), lang) {
        ("error", Lang::Vi) => "Lỗi",
        ("error", Lang::En) => "Error",
        (_, Lang::Vi) => "Cảnh báo",
        (_, Lang::En) => "Warning",
    };
    format!("{level} {cell} ({label}) \"{value}\": {reason} {remedy}")
}

fn preview_line(preview: &Preview, lang: Lang) -> String {
    let Preview { rows, ready, errors, warnings, duplicates, unmapped, .. } = preview;
    let mut text = match lang {
        Lang::Vi => format!(
            "{rows} dòng: {ready} hợp lệ, {errors} có lỗi, {warnings} có cảnh báo, {duplicates} trùng người đã có."
        ),
        Lang::En => format!(
            "{rows} rows: {ready} valid, {errors} with errors, {warnings} with warnings, {duplicates} of people who are here already."
        ),
    };
    if !unmapped.is_empty() {
        text.push_str(lang.pick(" Cột không nhận ra: ", " Columns not recognised: "));
        text.push_str(&unmapped.join(", "));
        text.push('.');
    }
    text
}

fn step_line(sum: &SyncSummary, lang: Lang) -> String {
    let SyncSummary { pushed, pulled, round_trips, .. } = sum;
    match lang {
        Lang::Vi => {
            format!("Lượt {round_trips}: đã gửi {pushed} thay đổi, đã nhận {pulled} hồ sơ.")
        }
        Lang::En => {
            format!("Round {round_trips}: {pushed} changes sent, {pulled} records received.")
        }
    }
}

fn synced_line(sum: &SyncSummary, lang: Lang) -> String {
    let SyncSummary { pushed, pulled, refused, bytes_up, bytes_down, .. } = sum;
    let proof = match (sum.proven_equal, lang) {
        (true, Lang::Vi) => "Hai nơi khớp nhau.",
        (true, Lang::En) => "Both ends are equal.",
        (false, Lang::Vi) => "Chưa đối chiếu xong, sẽ làm tiếp ở lần sau.",
        (false, Lang::En) => "Not yet proven equal; the next call goes on.",
    };
    match lang {
        Lang::Vi => format!(
            "Đã gửi {pushed}, nhận {pulled}, bị từ chối {refused} ({bytes_up} byte đi, {bytes_down} byte về). {proof}"
        ),
        Lang::En => format!(
            "Sent {pushed}, received {pulled}, refused {refused} ({bytes_up} bytes up, {bytes_down} bytes down). {proof}"
        ),
    }
}

fn status_text(status: &Status, lang: Lang) -> String {
    let Status { words, detail, people, conflicts, waiting, .. } = status;
    let ward = if status.ward_name.is_empty() { "-" } else { &status.ward_name };
    let mut text = match lang {
        Lang::Vi => format!(
            "Phường: {ward}\nSố người: {people}\nXung đột chờ xử lý: {conflicts}\nThay đổi chờ gửi: {waiting}\nĐồng bộ: {words}"
        ),
        Lang::En => format!(
            "Ward: {ward}\nPeople: {people}\nOpen conflicts: {conflicts}\nChanges waiting: {waiting}\nSync: {words}"
        ),
    };
    if !detail.is_empty() {
        text.push('\n');
        text.push_str(detail);
    }
    text
}
