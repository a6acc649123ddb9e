//! `serve`: bind first, then open the data, then answer; stop when the system asks.

use std::sync::Arc;
use std::time::Duration;

use wardbook_record::Lang;
use wardbook_web::serve::{ConnectionLimits, Encryption, Listener, ServeError, stop_signal};

use crate::api::events::Event;
use crate::app::App;
use crate::cli::Surroundings;
use crate::config::Config;
use crate::door::Control;
use crate::failure::{Exit, Failure};
use crate::output::Output;
use crate::{night, router};

/// Serves until the system asks to stop.
pub(crate) async fn run(
    config: Config,
    surroundings: Surroundings,
    output: &mut Output,
) -> Result<Exit, Failure> {
    let lang = config.lang;
    let listener = Listener::bind(config.listen, Encryption::Plain).map_err(|e| told(&e, lang))?;
    let app = open(config.clone(), surroundings).await?;
    let (address, url) = (listener.address().to_string(), format!("{}/", listener.url()));
    let token = app.control_token().to_owned();
    let control = Control { address: address.clone(), token, pid: std::process::id() };
    // Without this file commands cannot find the program, but pages work: not a reason to stop.
    if let Err(error) = control.write(&config.data) {
        tracing::warn!(%error, "control.json could not be written");
    }
    let every = Duration::from_secs(config.sync_every_s.into());
    let background = tokio::spawn(Arc::clone(app.sync()).run_in_background(every, !config.no_wait));
    let night = tokio::spawn(night::run(app.replica().clone()));
    output.event(&Event::Listening { address, url });
    let limits = ConnectionLimits::default();
    let served = listener.serve(router::router(app), limits, stop_signal()).await;
    background.abort();
    night.abort();
    control.remove(&config.data);
    served.map(|()| Exit::Ok).map_err(|error| told(&error, lang))
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
