//! How fast sync is, beside the limit measured in the same run (decision 33): the same compressed
//! bytes through plain HTTP with fsync, and the same rows into SQLCipher at synchronous=FULL.
//!
//! `cargo xtask bench`; times are for people, no test asserts them.
#![expect(clippy::print_stdout, reason = "a bench prints its figures")]
#![expect(clippy::disallowed_methods, reason = "a bench reads the clock")]

use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, OriginalUri, State};
use axum::http::StatusCode;
use axum::routing::post;
use tokio::sync::Barrier;
use wardbook_base::{SystemClock, SystemDice, WardId};
use wardbook_record::{Edit, Lang, Path as RecordPath, Scalar};
use wardbook_replica::deep::{Workers, serve_if_asked};
use wardbook_replica::{
    EditCommand, End, HttpAnswer, HubAddress, HubInit, HubTarget, ImportChoices, Replica,
    ReplicaConfig, SyncRound, Transport, TransportError, Viewer,
};
use wardbook_sheet::ReadOptions;
use wardbook_store::PeopleQuery;
use wardbook_tests::city;

const PEOPLE: usize = 2886;
const NODES: usize = 100;
const RECORDS_EACH: usize = 29;
const CITY: &str = "723";
const PROVINCE: &str = "79";
/// Workers of the hub's deep check, as `wardbook-hub` starts them.
const WORKERS: usize = 2;

/// CPU time that the hub's answers took so far, in nanoseconds.
static ANSWERING: AtomicU64 = AtomicU64::new(0);

/// One call: the body sent and the body answered.
type Call = (Vec<u8>, Vec<u8>);

/// Every call of a scenario, so that the limit can carry the same bytes.
#[derive(Debug, Default, Clone)]
struct Tape(Arc<Mutex<Vec<Call>>>);

impl Tape {
    fn take(&self) -> Vec<Call> {
        std::mem::take(&mut *self.0.lock().expect("no panic"))
    }
}

/// Posts over plain HTTP on loopback.
#[derive(Debug, Clone)]
struct Loopback {
    client: reqwest::Client,
    tape: Tape,
    /// Where calls wait until all are ready, so that they reach the hub at once.
    gate: Option<Arc<Barrier>>,
}

impl Transport for Loopback {
    async fn call(
        &self,
        target: &HubTarget,
        path: &str,
        body: Vec<u8>,
    ) -> Result<HttpAnswer, TransportError> {
        if let Some(gate) = &self.gate {
            gate.wait().await;
        }
        let sent = self
            .client
            .post(format!("{}{path}", target.url))
            .body(body.clone())
            .send()
            .await
            .expect("an answer");
        let status = sent.status().as_u16();
        let answer = sent.bytes().await.expect("a body").to_vec();
        self.tape.0.lock().expect("no panic").push((body, answer.clone()));
        Ok(HttpAnswer { status, body: answer })
    }
}

struct City {
    folder: tempfile::TempDir,
    hub: Replica,
    transport: Loopback,
    wards: Vec<WardId>,
}

fn open(folder: &Path, end: End) -> Replica {
    let config = ReplicaConfig { dir: folder.to_path_buf(), end, app: "bench".to_owned() };
    Replica::open(config, Arc::new(SystemClock), Arc::new(SystemDice)).expect("a replica opens")
}

async fn answer(
    State(hub): State<Replica>,
    OriginalUri(uri): OriginalUri,
    body: Bytes,
) -> (StatusCode, Vec<u8>) {
    let path = uri.path().to_owned();
    let answered = hub.run(move |hub| {
        let before = thread_cpu();
        let answered = if path.ends_with("enrol") {
            hub.answer_enrol(&path, &body, "127.0.0.1")
        } else {
            hub.answer_sync(&path, &body)
        };
        ANSWERING.fetch_add(thread_cpu().saturating_sub(before), Ordering::Relaxed);
        answered
    });
    let answered = answered.await.expect("the hub answers");
    (StatusCode::from_u16(answered.status).expect("a status"), answered.body)
}

async fn serve(router: Router) -> SocketAddr {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move { axum::serve(listener, router).await });
    address
}

impl City {
    async fn found() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let hub = open(&folder.path().join("hub"), End::Hub);
        let init = HubInit {
            city_name: "Thành phố thử".to_owned(),
            units_as_of: "2025-06-30".to_owned(),
            admin_login: "admin".to_owned(),
            admin_name: "Admin".to_owned(),
            address: None,
        };
        hub.hub_init(&init).expect("a hub");
        hub.set_deep_check(Arc::new(Workers::of_this_program(WORKERS).expect("workers")));
        let router = Router::new()
            .route("/sync/v1", post(answer))
            .route("/sync/v1/enrol", post(answer))
            .layer(DefaultBodyLimit::max(1024 * 1024))
            .with_state(hub.clone());
        let url = format!("http://{}", serve(router).await);
        hub.set_hub_address(&HubAddress { url, tls_pin: None }).expect("an address");
        let wards: Vec<WardId> =
            city::wards_of(CITY).into_iter().map(|ward| ward.parse().expect("a ward")).collect();
        for ward in &wards {
            hub.add_ward(&Viewer::system(Lang::En), ward).expect("a ward");
        }
        let transport = Loopback {
            client: wardbook_tests::harness::http_client(),
            tape: Tape::default(),
            gate: None,
        };
        Self { folder, hub, transport, wards }
    }

    async fn join(&self, name: &str, ward: &WardId) -> Replica {
        let node = open(&self.folder.path().join(name), End::Node);
        let code = self.hub.new_enrol_code(&Viewer::system(Lang::En), ward, None).expect("a code");
        node.enrol(&self.transport, &code.text, name).await.expect("it joins");
        self.transport.tape.take();
        node
    }
}

fn import(node: &Replica, workbook: &Path) {
    let viewer = Viewer::system(Lang::En);
    let bytes = std::fs::read(workbook).expect("the workbook");
    let preview = node
        .preview_import(&viewer, "ward.xlsx", &bytes, &ReadOptions::default())
        .expect("a preview");
    node.commit_import(&viewer, &preview.token, &ImportChoices::default(), &mut |_| ())
        .expect("imported");
}

/// Changes one field of the first `n` people.
fn touch(node: &Replica, viewer: &Viewer, n: usize) {
    let query = PeopleQuery { limit: n as u64, ..PeopleQuery::default() };
    for (number, row) in node.people(viewer, &query).expect("people").rows.iter().enumerate() {
        let path: RecordPath = "phone".parse().expect("a path");
        let edits = vec![Edit::Set { path, value: Scalar::Text(format!("09{number:08}")) }];
        let command = EditCommand { base_heads: Vec::new(), edits };
        node.edit_person(viewer, &row.document, command).expect("edited");
    }
}

/// Rounds until nothing is left, without projecting: "durable".
async fn rounds(node: &Replica, transport: &Loopback) -> SyncRound {
    let mut all = SyncRound::default();
    loop {
        let one = node.sync_round(transport).await.expect("a round");
        all.pushed += one.pushed;
        all.pulled += one.pulled;
        all.proven_equal = one.proven_equal;
        if !one.more {
            return all;
        }
    }
}

fn project(replica: &Replica) {
    while replica.project_pending(500).expect("projects") > 0 {}
}

/// The limit: the bytes of a tape through HTTP with fsync at the far end, then the inflated rows
/// into SQLCipher at FULL, one transaction a message.
async fn limit(folder: &Path, tape: &[Call], pushed: bool, rows: usize) -> Duration {
    let file =
        Arc::new(Mutex::new(std::fs::File::create(folder.join("limit.bin")).expect("a file")));
    let sink = post(move |body: Bytes| async move {
        let mut file = file.lock().expect("no panic");
        std::io::Write::write_all(&mut *file, &body)
            .and_then(|()| file.sync_data())
            .expect("durable");
    });
    let url = format!(
        "http://{}/",
        serve(Router::new().route("/", sink).layer(DefaultBodyLimit::disable())).await
    );
    let path = folder.join("limit.db");
    let _ = std::fs::remove_file(&path);
    let mut database = rusqlite::Connection::open(&path).expect("a database");
    let setup = format!(
        "PRAGMA key = \"x'{}'\"; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (id INTEGER PRIMARY KEY, bytes BLOB);",
        "11".repeat(32)
    );
    database.execute_batch(&setup).expect("set up");
    let client = wardbook_tests::harness::http_client();
    let bodies: Vec<Vec<u8>> =
        tape.iter().map(|(up, down)| if pushed { up.clone() } else { down.clone() }).collect();
    let inflated: Vec<Vec<u8>> = bodies.iter().map(|body| inflate(body)).collect();
    let total: usize = inflated.iter().map(Vec::len).sum();
    let row_bytes = (total / rows.max(1)).max(1);
    let start = Instant::now();
    for (body, inflated) in bodies.into_iter().zip(&inflated) {
        client.post(&url).body(body).send().await.expect("posted");
        let transaction = database.transaction().expect("a transaction");
        for chunk in inflated.chunks(row_bytes) {
            transaction
                .prepare_cached("INSERT INTO row (bytes) VALUES (?1)")
                .and_then(|mut s| s.execute([chunk]))
                .expect("a row");
        }
        transaction.commit().expect("durable");
    }
    start.elapsed()
}

fn inflate(body: &[u8]) -> Vec<u8> {
    let envelope: wardbook_sync::message::Envelope = minicbor::decode(body).expect("an envelope");
    zstd::decode_all(envelope.payload.as_slice()).expect("zstd")
}

/// CPU time of this thread so far, in nanoseconds.
fn thread_cpu() -> u64 {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    stat.split_whitespace().next().and_then(|first| first.parse().ok()).expect("a number")
}

/// CPU time so far.
#[derive(Clone, Copy)]
struct Cpu {
    /// Of this process, in which the hub, the nodes and the client are threads.
    all: Duration,
    /// Of its children, the workers of the hub's deep check, those that have ended among them.
    workers: Duration,
    /// Of the hub's answers.
    answers: Duration,
}

impl Cpu {
    /// From `/proc`, in ticks of 10 ms.
    fn now() -> Self {
        let me = std::process::id();
        let (mut all, mut workers) = (0, 0);
        for entry in std::fs::read_dir("/proc").expect("Linux").flatten() {
            let Ok(stat) = std::fs::read_to_string(entry.path().join("stat")) else { continue };
            let Some((before, after)) = stat.rsplit_once(')') else { continue };
            let fields: Vec<u64> =
                after.split_whitespace().map(|f| f.parse().unwrap_or(0)).collect();
            let (parent, ticks, of_ended) =
                (fields[1], fields[11] + fields[12], fields[13] + fields[14]);
            if before.split_whitespace().next() == Some(me.to_string().as_str()) {
                all += ticks;
                workers += of_ended;
            } else if parent == u64::from(me) {
                workers += ticks;
            }
        }
        Self {
            all: Duration::from_millis(all * 10),
            workers: Duration::from_millis(workers * 10),
            answers: Duration::from_nanos(ANSWERING.load(Ordering::Relaxed)),
        }
    }

    /// Milliseconds a document since then: all, workers, answers.
    fn each(self, before: Self) -> [f64; 3] {
        let people = f64::from(u16::try_from(PEOPLE).unwrap_or(u16::MAX));
        [(self.all, before.all), (self.workers, before.workers), (self.answers, before.answers)]
            .map(|(now, then)| now.saturating_sub(then).as_secs_f64() * 1000.0 / people)
    }
}

fn line(what: &str, took: Duration, limit: Option<Duration>, more: &str) {
    let ms = |d: Duration| d.as_secs_f64() * 1000.0;
    let beside = limit.map_or(String::new(), |l| {
        format!("   limit {:>8.1} ms   {:>5.2} x", ms(l), ms(took) / ms(l))
    });
    println!("{what:<34}{:>9.1} ms{beside}   {more}", ms(took));
}

fn bytes(tape: &[Call]) -> String {
    let up: usize = tape.iter().map(|(up, _)| up.len()).sum();
    let down: usize = tape.iter().map(|(_, down)| down.len()).sum();
    format!("{} calls, {up} B up, {down} B down", tape.len())
}

fn main() -> std::process::ExitCode {
    // The hub's workers are this program started again.
    if let Some(code) = serve_if_asked() {
        return code;
    }
    tokio::runtime::Runtime::new().expect("a runtime").block_on(measure());
    std::process::ExitCode::SUCCESS
}

async fn measure() {
    let city = City::found().await;
    let (transport, tape) = (&city.transport, &city.transport.tape);
    let folder = city.folder.path();
    let first = city.join("first", &city.wards[0]).await;
    let second = city.join("second", &city.wards[0]).await;
    let workbook = folder.join("ward.xlsx");
    city::write_ward(&workbook, city.wards[0].as_str(), PEOPLE, 1).expect("a workbook");
    let start = Instant::now();
    import(&first, &workbook);
    line("import of 2,886 rows", start.elapsed(), None, "");

    let before = Cpu::now();
    let start = Instant::now();
    rounds(&first, transport).await;
    let took = start.elapsed();
    let [all, workers, answers] = Cpu::now().each(before);
    let cold = tape.take();
    line("cold push, durable", took, Some(limit(folder, &cold, true, PEOPLE).await), &bytes(&cold));
    println!(
        "  CPU a document at the hub: {:.2} ms of 1.5 ({answers:.2} its answers, {workers:.2} its workers)",
        answers + workers
    );
    println!("  CPU a document of hub, node and client without the workers: {all:.2} ms");
    let (before, start) = (Cpu::now(), Instant::now());
    project(&city.hub);
    line("  until usable at the hub", took + start.elapsed(), None, "");
    println!("  CPU a document of projecting: {:.2} ms", Cpu::now().each(before)[0]);

    let start = Instant::now();
    rounds(&second, transport).await;
    let took = start.elapsed();
    let cold = tape.take();
    line(
        "cold pull, durable",
        took,
        Some(limit(folder, &cold, false, PEOPLE).await),
        &bytes(&cold),
    );
    let start = Instant::now();
    project(&second);
    line("  until usable at the node", took + start.elapsed(), None, "");

    let mut best = Duration::MAX;
    for _ in 0..20 {
        let start = Instant::now();
        rounds(&first, transport).await;
        best = best.min(start.elapsed());
    }
    let quiet = tape.take();
    line(
        "no-op, best of 20",
        best,
        Some(limit(folder, &quiet[..1], true, 1).await),
        &bytes(&quiet[..1]),
    );

    let viewer = Viewer::system(Lang::En);
    touch(&first, &viewer, RECORDS_EACH);
    let start = Instant::now();
    rounds(&first, transport).await;
    let took = start.elapsed();
    let one = tape.take();
    line(
        "1 % (29 records), pushed",
        took,
        Some(limit(folder, &one, true, RECORDS_EACH).await),
        &bytes(&one),
    );
    many_at_once(&city).await;
}

/// 100 wards push at once.
async fn many_at_once(city: &City) {
    let (transport, tape) = (&city.transport, &city.transport.tape);
    let (folder, viewer) = (city.folder.path(), Viewer::system(Lang::En));
    // One node a ward, as it is in a province. Every request is built and signed, then all go at once.
    let wards = city::wards_of_province(PROVINCE);
    let mut nodes = Vec::new();
    for (n, ward) in wards.iter().take(NODES).enumerate() {
        let ward: WardId = ward.parse().expect("a ward");
        city.hub.add_ward(&viewer, &ward).expect("a ward");
        let node = city.join(&format!("n{n}"), &ward).await;
        let workbook = folder.join("few.xlsx");
        city::write_ward(&workbook, ward.as_str(), RECORDS_EACH, 100 + n as u64)
            .expect("a workbook");
        import(&node, &workbook);
        nodes.push(node);
    }
    assert_eq!(nodes.len(), NODES);
    tape.take();
    let gate = Arc::new(Barrier::new(NODES + 1));
    let calls: Vec<_> = nodes
        .into_iter()
        .map(|node| {
            let transport = Loopback { gate: Some(Arc::clone(&gate)), ..transport.clone() };
            tokio::spawn(async move { node.sync_round(&transport).await.expect("a round").pushed })
        })
        .collect();
    gate.wait().await;
    let start = Instant::now();
    let mut pushed = 0;
    for call in calls {
        pushed += call.await.expect("no panic");
    }
    let took = start.elapsed();
    let many = tape.take();
    let limit = limit(folder, &many, true, NODES * RECORDS_EACH).await;
    let more = format!("{pushed} changes, {}", bytes(&many));
    line("100 nodes at once, 29 records each", took, Some(limit), &more);
}
