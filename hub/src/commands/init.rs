//! `init`: a new hub with its database, keys, TLS identity and first administrator.

use serde_json::json;
use wardbook_base::to_hex;
use wardbook_record::Lang;
use wardbook_replica::{HubAddress, HubError, HubInit, HubInitialised};

use super::{door, print};
use crate::cli::{Cli, InitArgs};
use crate::error::HubFailure;
use crate::tls::TlsIdentity;

/// The address until `serve` says another one.
const DEFAULT_SYNC_URL: &str = "https://127.0.0.1:8443";

/// Makes the hub and prints what is shown only once. A hub that exists already is left as it is.
pub(super) fn run(cli: &Cli, args: &InitArgs) -> Result<(), HubFailure> {
    std::fs::create_dir_all(&cli.data)
        .map_err(|error| HubFailure::File(cli.data.clone(), error))?;
    let replica = door::open_data(&cli.data)?;
    let tls = TlsIdentity::load_or_create(replica.store())?;
    let lang: Lang = cli.lang.into();
    let made = replica.hub_init(&HubInit {
        city_name: args.name.clone(),
        units_as_of: args.units_as_of.clone().unwrap_or_default(),
        admin_login: args.login.clone(),
        admin_name: lang.pick("Quản trị viên", "Administrator").to_owned(),
        address: Some(HubAddress { url: DEFAULT_SYNC_URL.to_owned(), tls_pin: Some(tls.pin()) }),
    });
    let made = match made {
        Ok(made) => Some(made),
        Err(HubError::AlreadyInitialised) => None,
        Err(error) => return Err(error.into()),
    };
    print(&if cli.json { as_json(made.as_ref(), args, &tls) } else { as_text(made.as_ref(), lang) })
}

fn as_json(made: Option<&HubInitialised>, args: &InitArgs, tls: &TlsIdentity) -> String {
    json!({
        "event": "initialised",
        "created": made.is_some(),
        "hub": made.map(|made| made.hub),
        "name": args.name,
        "login": args.login,
        "password": made.map(|made| &made.admin.password.0),
        "recovery_identity": made.map(|made| &made.recovery_identity),
        "tls_fingerprint": to_hex(&tls.pin()),
    })
    .to_string()
}

fn as_text(made: Option<&HubInitialised>, lang: Lang) -> String {
    let Some(made) = made else {
        return lang
            .pick(
                "Máy chủ này đã được khởi tạo trước đó; không có gì thay đổi.",
                "This hub was set up before; nothing was changed.",
            )
            .to_owned();
    };
    let (login, password) = (&made.admin.login, &made.admin.password.0);
    let recovery = &made.recovery_identity;
    match lang {
        Lang::Vi => format!(
            "Đã khởi tạo máy chủ thành phố.\n\
             Tài khoản quản trị:  {login}\n\
             Mật khẩu một lần:    {password}\n\
             Khóa khôi phục:      {recovery}\n\
             Hãy chép khóa khôi phục ra giấy và cất riêng: chỉ khóa này mở được bản sao lưu, và nó không hiện lại."
        ),
        Lang::En => format!(
            "The hub is set up.\n\
             Administrator:      {login}\n\
             One-time password:  {password}\n\
             Recovery identity:  {recovery}\n\
             Write the recovery identity on paper and keep it apart: it alone opens backups, and it is not shown again."
        ),
    }
}
