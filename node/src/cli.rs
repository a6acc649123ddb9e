//! The command line: what can be asked, and which exit code answers.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::builder::FalseyValueParser;
use clap::{Args, Parser, Subcommand, ValueEnum};
use wardbook_base::{Clock, Dice, SystemClock, SystemDice};
use wardbook_record::Lang;

use crate::config::{Config, Flags};
use crate::failure::{Exit, Failure};
use crate::office::log_ring::Tee;
use crate::output::Output;
use crate::{commands, serve};

/// Sổ hồ sơ cán bộ, công chức của một phường: làm việc không cần mạng, đồng bộ khi có mạng.
#[derive(Debug, Parser)]
#[command(name = "wardbook-node", version, after_help = EXIT_CODES, subcommand_required = false)]
pub struct Cli {
    #[command(flatten)]
    settings: Settings,
    /// In các thiết lập đang có hiệu lực rồi thôi (print the settings in force).
    #[arg(long)]
    print_config: bool,
    #[command(subcommand)]
    command: Option<Command>,
}

const EXIT_CODES: &str = "\
Mã kết thúc (exit codes):
  0  xong (done)
  1  không làm được vì lý do khác (failed)
  2  lệnh viết sai (usage)
  3  bị từ chối hoặc dữ liệu vào không hợp lệ (refused, invalid input)
  4  không liên lạc được máy chủ thành phố (hub not reachable)
  5  thư mục dữ liệu hoặc cổng đang được dùng (data folder or port in use)
  6  không dùng được dữ liệu: sai khóa, hỏng, bản mới hơn, đầy ổ đĩa (data unusable)";

#[derive(Debug, Clone, Args)]
struct Settings {
    /// Thư mục dữ liệu (data folder).
    #[arg(long, global = true, env = "WARDBOOK_DATA", value_name = "DIR")]
    data: Option<PathBuf>,
    /// Tệp nhân chứng, nằm ngoài thư mục dữ liệu (the witness file).
    #[arg(long, global = true, env = "WARDBOOK_WITNESS", value_name = "FILE")]
    witness: Option<PathBuf>,
    /// Ngôn ngữ: vi hoặc en (language).
    #[arg(long, global = true, env = "WARDBOOK_LANG", value_name = "vi|en")]
    lang: Option<LangFlag>,
    /// In kết quả cho máy đọc, mỗi dòng một JSON (one JSON object a line).
    #[arg(long, global = true)]
    json: bool,
    /// Mức ghi nhật ký ra stderr (what is logged).
    #[arg(long, global = true, env = "WARDBOOK_LOG", value_name = "FILTER")]
    log: Option<String>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum LangFlag {
    Vi,
    En,
}

impl From<LangFlag> for Lang {
    fn from(flag: LangFlag) -> Self {
        match flag {
            LangFlag::Vi => Self::Vi,
            LangFlag::En => Self::En,
        }
    }
}

/// The commands.
#[derive(Debug, Clone, Subcommand)]
pub enum Command {
    /// Mở giao diện trên máy này và tự đồng bộ (serve the pages and synchronise).
    Serve(ServeArgs),
    /// Tạo tài khoản đầu tiên, in mật khẩu một lần (make the first account).
    Init {
        /// Tên đăng nhập (user name).
        #[arg(long, default_value = "admin")]
        login: String,
        /// Họ tên người dùng (the person's name).
        #[arg(long, default_value = "Quản trị")]
        name: String,
    },
    /// Ghi danh với thành phố bằng mã ghi danh (join a city).
    Enrol {
        /// Mã ghi danh do thành phố cấp (the enrolment string).
        string: String,
        /// Tên của máy này cho người đọc (this machine's name).
        #[arg(long)]
        name: Option<String>,
    },
    /// Nhập từ tệp .xlsx hoặc .csv (import a file).
    Import(ImportArgs),
    /// Hoàn tác một lần nhập (undo an import).
    Undo {
        /// Mã lần nhập (the batch).
        batch: String,
    },
    /// Xuất danh sách ra tệp .xlsx (export the list).
    Export {
        /// Tệp sẽ ghi (the file to write).
        file: PathBuf,
    },
    /// Ghi tệp mẫu để nhập (write the import template).
    Template {
        /// Tệp sẽ ghi (the file to write).
        file: PathBuf,
    },
    /// Đồng bộ với thành phố ngay (synchronise now).
    Sync,
    /// Xem tình trạng máy này (how this machine stands).
    Status,
    /// Sao lưu ra một tệp đã mã hóa (write an encrypted backup).
    Backup {
        /// Tệp sẽ ghi (the file to write).
        file: PathBuf,
    },
    /// Khôi phục một bản sao lưu vào thư mục dữ liệu còn trống (put a backup back).
    Restore(RestoreArgs),
    /// Kiểm tra mọi dữ liệu đã lưu, in ra chỗ hỏng (check everything that is stored).
    Scrub,
    /// Nén dữ liệu cũ cho gọn ổ đĩa (make the database smaller).
    Compact,
    /// So danh sách xung đột với toàn bộ hồ sơ (compare the conflicts with a full scan).
    CheckConflicts,
    /// Ghi gói đồng bộ ra USB để nộp cho thành phố (write a bundle for the city).
    ExportBundle {
        /// Tệp sẽ ghi, thường có đuôi .wardbundle (the file to write).
        file: PathBuf,
        /// Ghi tiếp các tệp đính kèm chưa vừa gói trước (go on where the last bundle ended).
        #[arg(long)]
        next: bool,
    },
    /// Nhập gói trả lời của thành phố từ USB (take the city's reply in).
    ImportBundle {
        /// Tệp do thành phố trả lời (the city's reply).
        file: PathBuf,
    },
    /// Bảng quy tắc có hiệu lực theo ngày (the dated table of rules).
    #[command(subcommand)]
    Rules(RulesCommand),
    /// Liệt kê các việc nhân sự ghi được, kèm các ô của mỗi việc (list the personnel actions).
    Actions {
        /// Chỉ việc này (only this one).
        name: Option<String>,
    },
    /// Ghi một việc nhân sự vào hồ sơ, như biểu mẫu trên trang (enter a personnel action).
    Action(ActionArgs),
    /// Cấp mật khẩu một lần mới cho một tài khoản (a new one-time password).
    ResetPassword {
        /// Tên đăng nhập (user name).
        login: String,
    },
}

/// What `action` is told.
#[derive(Debug, Clone, Args)]
pub struct ActionArgs {
    /// Tên việc, xem lệnh actions (the action's key).
    pub name: String,
    /// Mã hồ sơ hoặc số định danh; bỏ trống khi xin người từ phường khác (the record's id or the
    /// person's number; left out to ask for a person of another ward).
    #[arg(long, value_name = "ID")]
    pub person: Option<String>,
    /// Một ô, ví dụ --set effective=01/07/2025; lặp lại cho từng ô (one box; once for each).
    #[arg(long = "set", value_name = "BOX=VALUE")]
    pub set: Vec<String>,
    /// Lý do vẫn ghi khi có cảnh báo (why in spite of warnings).
    #[arg(long, default_value = "")]
    pub reason: String,
    /// Chỉ kiểm tra, không ghi gì (check only).
    #[arg(long)]
    pub dry_run: bool,
}

/// `rules`.
#[derive(Debug, Clone, Subcommand)]
pub enum RulesCommand {
    /// Xem mọi dòng của bảng quy tắc (show every row).
    Show,
    /// Nhận các dòng của thành phố từ tệp do máy chủ ghi (take the city's rows from a file).
    Set {
        /// Tệp do lệnh "rules export" của máy chủ ghi (the file that the hub wrote).
        file: PathBuf,
    },
}

/// What `serve` is told.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeArgs {
    /// Địa chỉ phục vụ, chỉ trên máy này; cổng 0 là cổng trống bất kỳ (where to serve).
    #[arg(long, env = "WARDBOOK_LISTEN", value_name = "IP:PORT")]
    listen: Option<SocketAddr>,
    /// Số giây giữa hai lần tự đồng bộ (seconds between calls).
    #[arg(long, env = "WARDBOOK_SYNC_EVERY", value_name = "SECONDS")]
    sync_every: Option<u32>,
    /// Không chờ máy chủ báo tin mới, chỉ đồng bộ định kỳ (do not wait for news from the hub).
    #[arg(long, env = "WARDBOOK_NO_WAIT", value_parser = FalseyValueParser::new())]
    no_wait: bool,
    /// Thêm tên máy được phép dùng trên trình duyệt (further host names).
    #[arg(long, env = "WARDBOOK_HOSTS", value_delimiter = ',', value_name = "NAME,..")]
    hosts: Vec<String>,
    /// Thêm thư mục được chọn để sao lưu trên trang (further folders offered for backups).
    #[arg(long, env = "WARDBOOK_BACKUP_PLACES", value_delimiter = ',', value_name = "DIR,..")]
    backup_places: Vec<PathBuf>,
}

/// What `restore` is told.
#[derive(Debug, Clone, Args)]
pub struct RestoreArgs {
    /// Tệp sao lưu (the backup).
    pub file: PathBuf,
    /// Khóa khôi phục, hoặc tệp chứa khóa; bỏ trống thì đọc từ bàn phím (the recovery key or a file
    /// that holds it; read from standard input when left out).
    #[arg(long, env = "WARDBOOK_IDENTITY", value_name = "KEY|FILE", hide_env_values = true)]
    pub identity: Option<String>,
    /// Tệp khóa hồ sơ đi kèm, nếu không nằm cạnh bản sao lưu (the file of keys, if it is not beside
    /// the backup).
    #[arg(long, value_name = "FILE")]
    pub keys: Option<PathBuf>,
}

/// What `import` is told.
#[derive(Debug, Clone, Args)]
pub struct ImportArgs {
    /// Tệp .xlsx hoặc .csv (the file).
    pub file: PathBuf,
    /// Nhập luôn, không hỏi lại (do not ask).
    #[arg(long)]
    pub yes: bool,
    /// Chỉ kiểm tra, không ghi gì (check only).
    #[arg(long, conflicts_with = "yes")]
    pub dry_run: bool,
    /// Người đã có trên máy: bỏ qua, cập nhật hay tạo mới (people who are here already).
    #[arg(long, value_enum, default_value_t = Duplicates::Skip)]
    pub duplicates: Duplicates,
    /// Nhập cả dòng có lỗi và đánh dấu lỗi (take rows with errors in, flagged).
    #[arg(long)]
    pub with_errors: bool,
}

/// What to do with rows whose person is here already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Duplicates {
    /// Leave the row out.
    Skip,
    /// Change the cells that differ.
    Update,
    /// Make a second record.
    Create,
}

impl Duplicates {
    /// The word of the JSON interface.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Skip => "skip",
            Self::Update => "update",
            Self::Create => "create",
        }
    }
}

/// The surroundings of a run: where time and randomness come from.
#[derive(Clone)]
pub struct Surroundings {
    /// The clock.
    pub clock: Arc<dyn Clock>,
    /// The dice.
    pub dice: Arc<dyn Dice>,
}

impl Default for Surroundings {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock), dice: Arc::new(SystemDice) }
    }
}

/// The whole program: reads the command line, runs the command, answers with an exit code.
pub fn run_program() -> ExitCode {
    if let Some(code) = wardbook_replica::deep::serve_if_asked() {
        return code;
    }
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            let _ = error.print();
            return if error.use_stderr() { Exit::Usage.into() } else { Exit::Ok.into() };
        }
    };
    let lang = cli.settings.lang.map_or(Lang::Vi, Lang::from);
    let mut output = Output::standard(cli.settings.json, lang);
    match run(cli, &mut output) {
        Ok(exit) => exit.into(),
        Err(failure) => {
            output.failure(&failure);
            failure.exit().into()
        }
    }
}

fn run(cli: Cli, output: &mut Output) -> Result<Exit, Failure> {
    let config = Config::load(flags(&cli))?;
    output.lang = config.lang;
    if cli.print_config {
        output.text(&config.to_toml());
        return Ok(Exit::Ok);
    }
    let Some(command) = cli.command else {
        return Err(Failure::in_words(
            "usage",
            config.lang,
            "Chưa nói phải làm gì; hãy chạy wardbook-node serve, hoặc wardbook-node --help để xem các lệnh.",
            "No command was given; run wardbook-node serve, or wardbook-node --help for the commands.",
        ));
    };
    start_logging(&config);
    // Chosen once for the whole process; a second call changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new("failed", error.to_string()))?;
    let surroundings = Surroundings::default();
    runtime.block_on(async {
        match command {
            Command::Serve(_) => serve::run(config, surroundings, output).await,
            other => commands::run(other, config, surroundings, output).await,
        }
    })
}

fn flags(cli: &Cli) -> Flags {
    let serve = match &cli.command {
        Some(Command::Serve(args)) => args.clone(),
        _ => ServeArgs::default(),
    };
    Flags {
        data: cli.settings.data.clone(),
        listen: serve.listen,
        lang: cli.settings.lang.map(Lang::from),
        sync_every_s: serve.sync_every,
        no_wait: serve.no_wait,
        hosts: serve.hosts,
        witness: cli.settings.witness.clone(),
        backup_places: serve.backup_places,
        log: cli.settings.log.clone(),
    }
}

/// Logs go to stderr; they carry codes and counts, never personal data.
fn start_logging(config: &Config) {
    let filter = tracing_subscriber::EnvFilter::try_new(&config.log)
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("warn"));
    let _ = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(|| Tee)
        .with_ansi(false)
        .try_init();
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn global_flags_stand_before_and_after_the_command() {
        for words in [
            ["wardbook-node", "--json", "--data", "x", "status"],
            ["wardbook-node", "status", "--json", "--data", "x"],
        ] {
            let cli = Cli::try_parse_from(words).unwrap();
            assert!(cli.settings.json && cli.settings.data.is_some());
            assert!(matches!(cli.command, Some(Command::Status)));
        }
        let both = ["wardbook-node", "import", "a.xlsx", "--yes", "--dry-run"];
        assert!(Cli::try_parse_from(both).is_err());
    }
}
