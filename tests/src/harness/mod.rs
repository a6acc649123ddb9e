//! Real processes, real sockets: a hub and ward nodes on loopback, each node behind a line that
//! can be cut.

mod api;
mod artefacts;
mod chaos;
mod disk;
mod line;
mod process;
mod town;
mod visitor;

pub use api::{Answer, Api, http_client};
pub use artefacts::{artefact_path, keep_artefact, pdf};
pub use chaos::{ChaosLine, Quality, Tally};
pub use disk::{SmallDisk, copy_data, empty_folder, witness_of};
pub use line::Line;
pub use process::{Daemon, Finished, Program, run};
pub use town::{Hub, Node, Town};
pub use visitor::{Got, PASSWORD, Visitor, answer};
