//! Custody: documents that go from ward to ward, are lent, come back, and are erased.

use wardbook_base::{DocumentId, WardId};
use wardbook_sync::hub::custody;
use wardbook_sync::ports::{HubPort as _, Log as _};

use crate::violation::Sim;
use crate::world::World;

impl World {
    /// One decision of the city about a document, or about all of a ward.
    pub(crate) fn move_custody(&mut self) -> Sim<()> {
        let ids: Vec<DocumentId> =
            self.hub.disk.store.log.documents().map(|state| state.id).collect();
        let Some(id) = self.dice.pick(&ids).copied() else { return Ok(()) };
        let to = self.wards[self.dice.index(self.wards.len())].clone();
        let now = self.now();
        let choice = self.dice.index(12);
        let (what, done) = match choice {
            0..5 => {
                let done = self.hub.with(|port| custody::transfer(port, &id, &to, "QĐ 1", now));
                ("moved", done.map(|_| ()))
            }
            5..8 => {
                let done = self.hub.with(|port| custody::lend(port, &id, &to, "QĐ 2", now));
                ("lent", done.map(|_| ()))
            }
            8 | 9 => {
                let to = self.reader(&id)?.unwrap_or_else(|| to.clone());
                let done = self.hub.with(|port| custody::end_loan(port, &id, &to, "QĐ 3", now));
                ("returned", done.map(|_| ()))
            }
            10 => {
                let Some(state) = self.hub.disk.store.document(&id)? else { return Ok(()) };
                let from = state.ward;
                let done = self.hub.with(|port| custody::rehome(port, &from, &to, "NQ 4", now));
                ("wards re-homed", done.map(|_| ()))
            }
            _ if self.plan.purges => {
                let done = self.hub.with(|port| custody::purge(port, &id, "QĐ 5", now));
                if done.is_ok() {
                    self.ledger.purged.insert(id);
                }
                ("purged", done.map(|_| ()))
            }
            _ => return Ok(()),
        };
        match done {
            Ok(()) => {
                self.say(|| {
                    format!("document {} {what} (to {to})", crate::violation::short(&id.0))
                });
                self.count(what);
            }
            Err(error) => self.say(|| format!("{what} is not done: {}", error.code())),
        }
        Ok(())
    }

    fn reader(&self, id: &DocumentId) -> Sim<Option<WardId>> {
        Ok(self.dice.pick(&self.hub.disk.store.readers(id)?).cloned())
    }
}
