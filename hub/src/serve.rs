//! `serve`: opens the data, binds both listeners, tells the world, then answers until it must stop.

use std::io::Write as _;
use std::sync::Arc;

use serde_json::json;
use wardbook_base::{Clock, SystemDice};
use wardbook_record::Lang;
use wardbook_replica::{End, HubAddress, HubError, Replica};
use wardbook_store::StoreConfig;
use wardbook_web::serve::{ConnectionLimits, Encryption, Listener, stop_signal};

use crate::app::{App, replica_config, workers};
use crate::cli::{Cli, ServeArgs};
use crate::config::Config;
use crate::control::{Control, ControlFile, new_token};
use crate::error::HubFailure;
use crate::tls::TlsIdentity;
use crate::waits::WAITING_MAX;
use crate::{jobs, router, sync_endpoint};

/// Serves until SIGTERM or SIGINT.
///
/// # Errors
/// When a port is in use, or the data cannot be used.
pub async fn run(cli: &Cli, args: &ServeArgs, clock: Arc<dyn Clock>) -> Result<(), HubFailure> {
    let config = Config::load(&cli.data, args)?;
    if args.print_config {
        return print_config(&config);
    }
    let replica = open(cli, clock)?;
    // Before anybody is answered: a restored hub has feeds of a new incarnation.
    replica.begin_hub()?;
    replica.set_deep_check(workers()?);
    let tls = tls_of(&replica, &config)?;
    let listeners = Listeners::bind(&config, tls.as_ref())?;
    replica.set_hub_address(&listeners.hub_address(&config, tls.as_ref()))?;
    let city = replica.city()?.0;
    let app = App::new(replica, city, config.hosts.clone(), new_token(&SystemDice));
    let _control = listeners.announce(cli, &config, &app)?;
    answer(app, listeners).await
}

/// Bound sockets: from now on nobody else can take the ports.
struct Listeners {
    pages: Listener,
    sync: Listener,
}

impl Listeners {
    fn bind(config: &Config, tls: Option<&TlsIdentity>) -> Result<Self, HubFailure> {
        let encryption = match tls {
            Some(tls) => Encryption::Tls(tls.server_config()?),
            None => Encryption::Plain,
        };
        Ok(Self {
            pages: Listener::bind(config.listen, Encryption::Plain)?,
            sync: Listener::bind(config.sync_listen, encryption)?,
        })
    }

    /// Where the wards find this hub: as configured, or as bound.
    fn sync_url(&self, config: &Config) -> String {
        config.sync_address.clone().unwrap_or_else(|| self.sync.url())
    }

    fn hub_address(&self, config: &Config, tls: Option<&TlsIdentity>) -> HubAddress {
        HubAddress { url: self.sync_url(config), tls_pin: tls.map(TlsIdentity::pin) }
    }

    /// Tells people and programs where the hub answers.
    fn announce(&self, cli: &Cli, config: &Config, app: &App) -> Result<ControlFile, HubFailure> {
        let sync_url = self.sync_url(config);
        let control = Control {
            address: self.pages.address().to_string(),
            token: app.control_token.clone(),
            pid: std::process::id(),
            sync_url: sync_url.clone(),
        };
        let file = control
            .write(&cli.data)
            .map_err(|error| HubFailure::File(cli.data.join("control.json"), error))?;
        let mut out = std::io::stdout();
        writeln!(out, "{}", self.announcement(cli, &sync_url))?;
        out.flush()?;
        Ok(file)
    }

    fn announcement(&self, cli: &Cli, sync_url: &str) -> String {
        let url = format!("{}/", self.pages.url());
        if cli.json {
            let (address, sync_address) = (self.pages.address(), self.sync.address());
            return json!({
                "event": "listening", "address": address, "url": url,
                "sync_address": sync_address, "sync_url": sync_url,
            })
            .to_string();
        }
        match Lang::from(cli.lang) {
            Lang::Vi => format!(
                "Máy chủ thành phố đang chạy. Trang quản trị: {url} · Các phường gọi đến: {sync_url}"
            ),
            Lang::En => format!("The hub is running. Pages: {url} · Wards call: {sync_url}"),
        }
    }
}

async fn answer(app: App, listeners: Listeners) -> Result<(), HubFailure> {
    let projector = tokio::spawn(jobs::projector::run(app.clone()));
    let news = tokio::spawn(jobs::news::run(app.clone()));
    let night = tokio::spawn(jobs::night::run(app.clone()));
    let pages = router::pages_and_api(app.clone());
    let pages = listeners.pages.serve(pages, ConnectionLimits::default(), stop_signal());
    let waits = Arc::clone(&app.waits);
    let stop = async move {
        stop_signal().await;
        waits.close();
    };
    let sync = listeners.sync.serve(sync_endpoint::routes(app), sync_limits(), stop);
    let served = tokio::try_join!(pages, sync);
    projector.abort();
    news.abort();
    night.abort();
    served.map(|_| ()).map_err(Into::into)
}

/// A device that waits keeps a connection: there must be as many again for calls. A whole city may
/// come from one address, behind one router.
fn sync_limits() -> ConnectionLimits {
    let usual = ConnectionLimits::default();
    ConnectionLimits { per_address: 1_024, total: usual.total + WAITING_MAX, ..usual }
}

fn print_config(config: &Config) -> Result<(), HubFailure> {
    let text = serde_json::to_string_pretty(config).map_err(std::io::Error::from)?;
    Ok(writeln!(std::io::stdout(), "{text}")?)
}

fn tls_of(replica: &Replica, config: &Config) -> Result<Option<TlsIdentity>, HubFailure> {
    if config.sync_plain {
        return Ok(None);
    }
    TlsIdentity::load_or_create(replica.store()).map(Some)
}

fn open(cli: &Cli, clock: Arc<dyn Clock>) -> Result<Replica, HubFailure> {
    if !StoreConfig::new(&cli.data, End::Hub).exists() {
        return Err(HubError::NotInitialised.into());
    }
    let replica = Replica::open(replica_config(&cli.data), clock, Arc::new(SystemDice))?;
    if replica.hub_is_initialised()? { Ok(replica) } else { Err(HubError::NotInitialised.into()) }
}
