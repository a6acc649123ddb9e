//! The hub's side of the question for newer rules.

use wardbook_sync::hub::{open_rules_ask, seal_response};
use wardbook_sync::message::ToldRules;
use wardbook_sync::{RULES_PATH, RejectCode};

use super::HttpAnswer;
use super::endpoint::{Failed, refusal, unable};
use crate::replica::Replica;
use crate::viewer::Viewer;

impl Replica {
    /// The answer to the body of a `POST /sync/v1/rules`: the city's rows when the device holds
    /// older ones.
    pub fn answer_rules(&self, body: &[u8]) -> HttpAnswer {
        let (hub, key) = match self.hub_identity() {
            Ok(identity) => identity,
            Err(error) => return unable(&error),
        };
        let refuse = |code| refusal(code, RULES_PATH, &hub, body, &key);
        let asked = self.inner.store.read(|tx| {
            open_rules_ask(body, RULES_PATH, &hub, |id| tx.device(id)).map_err(Failed::Rejected)
        });
        let asked = match asked {
            Ok(asked) => asked,
            Err(failed) => return refuse(failed.into()),
        };
        let system = Viewer::system(wardbook_record::Lang::Vi);
        let Ok(rules) = self.city_rules(&system) else { return refuse(RejectCode::Busy) };
        let is_newer = rules.version > asked.version;
        let json =
            if is_newer { serde_json::to_vec(&rules).unwrap_or_default() } else { Vec::new() };
        let told = ToldRules { version: rules.version, json };
        match seal_response(&told, RULES_PATH, &hub, body, &key) {
            Ok(body) => HttpAnswer { status: 200, body },
            Err(_) => refuse(RejectCode::Busy),
        }
    }
}
