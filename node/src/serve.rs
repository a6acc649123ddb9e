//! `serve`: bind first, then open the data, then answer; stop when the system asks.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use wardbook_base::to_hex;
use wardbook_record::Lang;
use wardbook_replica::Replica;
use wardbook_web::serve::{ConnectionLimits, Encryption, Listener, ServeError, stop_signal};

use crate::api::events::Event;
use crate::app::App;
use crate::cli::Surroundings;
use crate::config::Config;
use crate::door::Control;
use crate::failure::{Exit, Failure};
use crate::office::restart::swap;
use crate::output::Output;
use crate::{night, router};

/// How often a folder that is held is tried again, and how long between.
const LOCKED_TRIES: u32 = 60;
const LOCKED_PAUSE: Duration = Duration::from_millis(250);

/// Serves until the system asks to stop. After a restore by the pages it opens again over the data
/// that was put back, under the same address.
pub(crate) async fn run(
    mut config: Config,
    surroundings: Surroundings,
    output: &mut Output,
) -> Result<Exit, Failure> {
    loop {
        let Some((restored, address)) = once(&config, surroundings.clone(), output).await? else {
            return Ok(Exit::Ok);
        };
        config.listen = address;
        let mark = to_hex(&surroundings.dice.bytes::<4>());
        match swap(&config.data, &restored, &mark) {
            Ok(kept) => tracing::info!(kept = %kept.display(), "a backup was put back"),
            Err(error) => tracing::error!(%error, "the backup could not be put in its place"),
        }
    }
}

/// One opening of the data. Returns the folder that is wanted in its place, when there is one.
async fn once(
    config: &Config,
    surroundings: Surroundings,
    output: &mut Output,
) -> Result<Option<(PathBuf, SocketAddr)>, Failure> {
    let lang = config.lang;
    let listener = Listener::bind(config.listen, Encryption::Plain).map_err(|e| told(&e, lang))?;
    let app = open_patiently(config, &surroundings).await?;
    let bound = listener.address();
    let (address, url) = (bound.to_string(), format!("{}/", listener.url()));
    let token = app.control_token().to_owned();
    let control = Control { address: address.clone(), token, pid: std::process::id() };
    // Without this file commands cannot find the program, but pages work: not a reason to stop.
    if let Err(error) = control.write(&config.data) {
        tracing::warn!(%error, "control.json could not be written");
    }
    let every = Duration::from_secs(config.sync_every_s.into());
    let background = tokio::spawn(Arc::clone(app.sync()).run_in_background(every, !config.no_wait));
    let night = tokio::spawn(night::run(app.replica().clone()));
    output.event(&Event::Listening { address, url: url.clone() });
    begin_setup(&app, &url, output).await;
    serve_the_office(&app).await;
    let limits = ConnectionLimits::default();
    let restart = app.clone();
    let until = async move {
        tokio::select! {
            () = stop_signal() => {}
            () = restart.restart().asked() => {}
        }
    };
    let served = listener.serve(router::router(app.clone()), limits, until).await;
    let wanted = app.restart().wanted();
    app.lan().stop();
    background.abort();
    night.abort();
    // What they hold is let go before anybody opens the folder again.
    let _ = background.await;
    let _ = night.await;
    control.remove(&config.data);
    served.map_err(|error| told(&error, lang))?;
    Ok(wanted.map(|folder| (folder, bound)))
}

/// A machine without accounts is set up by whoever sees this line, or reads the data folder.
async fn begin_setup(app: &App, url: &str, output: &mut Output) {
    let has_users = app.replica().run(Replica::has_users).await;
    if !matches!(has_users, Ok(Ok(false))) {
        return;
    }
    let code = app.setup().draw(&app.config().data, app.dice());
    output.event(&Event::Setup { url: format!("{url}setup?code={code}"), code });
}

/// Opens the door to the office network when that is switched on. The machine itself works anyway.
async fn serve_the_office(app: &App) {
    let Ok(Ok(lan)) = app.replica().run(Replica::lan).await else { return };
    if let Err(error) = app.lan().apply(app, &lan) {
        tracing::error!(%error, "the office network is not served");
    }
}

/// After a restart the store may still be held for a moment by work that is coming to its end.
async fn open_patiently(config: &Config, surroundings: &Surroundings) -> Result<App, Failure> {
    let mut tries = 0;
    loop {
        match open(config.clone(), surroundings.clone()).await {
            Err(failure) if failure.code == "locked" && tries < LOCKED_TRIES => {
                tries += 1;
                tokio::time::sleep(LOCKED_PAUSE).await;
            }
            other => return other,
        }
    }
}

/// Opening reads and may migrate the database: not on a thread that answers requests.
async fn open(config: Config, surroundings: Surroundings) -> Result<App, Failure> {
    let lang = config.lang;
    let opened = tokio::task::spawn_blocking(move || App::open(config, surroundings, true)).await;
    match opened {
        Ok(Ok(app)) => Ok(app),
        Ok(Err(error)) => Err(Failure::new(error.code(), error.sentence(lang))),
        Err(_) => Err(Failure::in_words(
            "failed",
            lang,
            "Chương trình không khởi động được; hãy chạy lại, nếu vẫn lỗi thì khôi phục từ bản sao lưu.",
            "The program could not start; run it again, and restore a backup if it keeps failing.",
        )),
    }
}

fn told(error: &ServeError, lang: Lang) -> Failure {
    Failure::new(error.code(), error.sentence(lang))
}
