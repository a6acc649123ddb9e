//! `cargo xtask demo`: a whole city on this machine. A hub, three nodes of two wards on loopback, the
//! twelve workbooks of thành phố Tân Uyên imported, and a page that cuts and restores each line.
#![expect(clippy::print_stdout, reason = "a command for people at a terminal")]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use clap::Parser;
use indicatif::{ProgressBar, ProgressStyle};
use maud::{DOCTYPE, Markup, html};
use tokio::sync::Mutex;
use wardbook_tests::city;
use wardbook_tests::harness::Town;

/// Shows a whole city on this machine; Ctrl+C ends it and removes its data.
#[derive(Debug, Parser)]
struct Options {
    /// Where the data goes; a temporary folder, removed at the end, when not given.
    #[arg(long)]
    folder: Option<PathBuf>,
    /// Where the page of the lines listens.
    #[arg(long, default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Sets everything up, prints it, and ends at once (for the tests).
    #[arg(long)]
    once: bool,
}

#[tokio::main]
async fn main() {
    let options = Options::parse();
    let temporary = tempfile::tempdir().expect("a temporary folder");
    let folder = options.folder.clone().unwrap_or_else(|| temporary.path().to_path_buf());
    let town = set_up(&folder).await;
    print_addresses(&town, &town.wards().await);
    let town = Arc::new(Mutex::new(town));
    let listener = tokio::net::TcpListener::bind(options.listen).await.expect("a free port");
    let address = listener.local_addr().expect("an address");
    println!("\n  Cut and restore the lines:  http://{address}/\n\n  Ctrl+C ends the demo.");
    let ended = async move {
        if !options.once {
            let _ = tokio::signal::ctrl_c().await;
        }
    };
    let served = axum::serve(listener, pages(Arc::clone(&town))).with_graceful_shutdown(ended);
    served.await.expect("the page serves");
    let mut town = town.lock().await;
    for node in &mut town.nodes {
        node.kill().await;
    }
    town.hub.kill().await;
}

/// A hub and thirteen nodes, of which three go on serving: two of the first ward, one of the second.
async fn set_up(folder: &std::path::Path) -> Town {
    println!("Starting the hub of thành phố Tân Uyên as of 2025-06-30 ...");
    let mut town = Town::found(folder, "Thành phố Tân Uyên", "723").await;
    let workbooks = city::write_tan_uyen(&folder.join("workbooks")).expect("the workbooks");
    let names: Vec<(String, String)> = town.wards().await;
    let bar = ProgressBar::new(workbooks.len() as u64 + 1);
    bar.set_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}").expect("a template"));
    for (ward, workbook) in &workbooks {
        let name = names.iter().find(|(id, _)| id == ward).map_or("", |(_, name)| name.as_str());
        bar.set_message(format!("importing the workbook of {name}"));
        let index = town.join(&format!("ubnd-{ward}"), ward).await;
        town.nodes[index].import(workbook).await;
        town.nodes[index].sync_until_equal().await;
        // One more call, from which the hub learns that both ends are equal.
        town.nodes[index].run(&["sync"]).await.ok();
        bar.inc(1);
    }
    bar.set_message("the first ward's second node pulls everything");
    let second = town.join("van-phong-dang-uy", &workbooks[0].0).await;
    town.nodes[second].sync_until_equal().await;
    for index in [0, 1, second] {
        town.nodes[index].start().await.expect("the node serves");
    }
    bar.inc(1);
    bar.finish_with_message("everything is in");
    town
}

fn print_addresses(town: &Town, wards: &[(String, String)]) {
    println!(
        "\n  City hub:  http://{}/   sign-in {} / {}",
        town.hub.ui_address, town.hub.login, town.hub.password
    );
    for node in town.nodes.iter().filter(|node| node.serves()) {
        let name = wards.iter().find(|(id, _)| *id == node.ward).map_or("", |(_, name)| name);
        println!(
            "  Ward {} ({name}), {}:  http://{}/   sign-in {} / {}",
            node.ward, node.name, node.ui_address, node.login, node.password
        );
    }
    println!(
        "  (one-time passwords: each asks for a new one of at least 12 letters at the first sign-in;"
    );
    println!("  the pages are in Vietnamese, the switch VI | EN is at the top right)");
    println!("\n  To begin:  sign in at the first ward, type a name into the box of the list.");
    println!("  The city's report:  sign in at the hub and open \"Báo cáo\".");
}

type Shared = State<Arc<Mutex<Town>>>;

fn pages(town: Arc<Mutex<Town>>) -> Router {
    Router::new()
        .route("/", get(lines))
        .route("/lines/{index}/{what}", post(switch))
        .route("/demo.css", get(style))
        .with_state(town)
}

async fn lines(State(town): Shared) -> Markup {
    let town = town.lock().await;
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                title { "Wardbook demo: the lines" }
                link rel="stylesheet" href="/demo.css";
            }
            body {
                main {
                    h1 { "The lines between the wards and the city" }
                    p { "Cut a line, edit the same record at both ends, restore it, and look at the conflict." }
                    p { "City hub: " a href={ "http://" (town.hub.ui_address) "/" } { (town.hub.ui_address) } }
                    table {
                        caption { "Nodes" }
                        thead { tr { th { "Node" } th { "Ward" } th { "Page" } th { "Line" } th { "Bytes up / down" } th { "" } } }
                        tbody {
                            @for (index, node) in town.nodes.iter().enumerate().filter(|(_, node)| node.serves()) {
                                @let (up, down, _) = node.line.carried();
                                @let (state, action, word) =
                                    if node.line.is_up() { ("● up", "cut", "Cut") } else { ("✖ cut", "restore", "Restore") };
                                tr {
                                    td { (node.name) }
                                    td { (node.ward) }
                                    td { a href={ "http://" (node.ui_address) "/" } { (node.ui_address) } }
                                    td { (state) }
                                    td { (up) " / " (down) }
                                    td { form method="post" action={ "/lines/" (index) "/" (action) } { button { (word) } } }
                                }
                            }
                        }
                    }
                }
            }
        }
    }
}

async fn switch(State(town): Shared, Path((index, what)): Path<(usize, String)>) -> Redirect {
    if let Some(node) = town.lock().await.nodes.get(index) {
        if what == "cut" { node.line.cut() } else { node.line.restore() }
    }
    Redirect::to("/")
}

async fn style() -> impl IntoResponse {
    const CSS: &str = "body{font:16px/1.5 sans-serif;margin:2rem auto;max-width:60rem;color:#1d273b}\
        table{border-collapse:collapse;width:100%}caption{text-align:left;font-weight:600}\
        th,td{text-align:left;padding:.5rem;border-bottom:1px solid #d5dbe3}\
        button{min-height:40px;padding:0 1rem}";
    ([(header::CONTENT_TYPE, "text/css")], CSS)
}
