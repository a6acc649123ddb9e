//! Shows the kit in a browser: `cargo run -p wardbook-web --example sample -- 127.0.0.1:8088`.

mod page;

use axum::Router;
use axum::routing::get;
use wardbook_web::serve::{ConnectionLimits, Encryption, Listener, ServeError, stop_signal};
use wardbook_web::{
    AppKind, Lang, PageError, RequestInfo, SecurityConfig, assets_router, security_layer,
};

#[tokio::main]
#[expect(clippy::print_stdout, reason = "a program for people at a terminal")]
async fn main() -> Result<(), ServeError> {
    let address = std::env::args().nth(1).and_then(|text| text.parse().ok());
    let address = address.unwrap_or_else(|| std::net::SocketAddr::from(([127, 0, 0, 1], 0)));
    let show = |request: RequestInfo| async move {
        if request.path == "/" {
            Ok(page::page(&page::context(&request)))
        } else {
            Err(PageError::not_found())
        }
    };
    let router = Router::new().route("/", get(show)).merge(assets_router());
    let router = security_layer(router, SecurityConfig::new(AppKind::Node, Vec::new()));
    let listener = Listener::bind(address, Encryption::Plain)
        .inspect_err(|error| println!("{}", error.sentence(Lang::Vi)))?;
    println!("{}", listener.url());
    listener.serve(router, ConnectionLimits::default(), stop_signal()).await
}
