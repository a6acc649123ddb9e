//! Disks that are put back or copied, devices that are thrown out, and a file carried by hand.

use wardbook_base::AuthorEpoch;
use wardbook_sync::hub::custody;
use wardbook_sync::message::RotationReason;
use wardbook_sync::node::{self, CallInfo, CallLimits, Cursor};
use wardbook_sync::ports::{HubPort as _, Log as _};

use crate::ends::{NodeEnd, holds};
use crate::line::{Call, positions};
use crate::violation::{Oracle, Sim, Violation};
use crate::world::World;

/// Nodes of a city at most, copies included.
const NODES_MAX: usize = 7;

impl World {
    pub(crate) fn node_trouble(&mut self) -> Sim<()> {
        let at = self.dice.index(self.nodes.len());
        match self.dice.index(4) {
            0 | 1 => {
                self.keep_node_copy(at);
                Ok(())
            }
            2 => self.restore_node(),
            _ => self.clone_node(at),
        }
    }

    /// A node's disk is put back to an older copy: by command, or so that the witness sees it, or
    /// so that nobody does.
    fn restore_node(&mut self) -> Sim<()> {
        let Some((at, disk)) = self.dice.pick(&self.node_copies).cloned() else { return Ok(()) };
        self.nodes[at].disk = disk;
        self.nodes[at].restores += 1;
        self.count("nodes put back");
        self.write_off()?;
        let (how, reason) = match self.dice.index(3) {
            0 => ("by command", Some(RotationReason::Restored)),
            1 if self.nodes[at].witness_disagrees()? => {
                ("seen by the witness", Some(RotationReason::Witness))
            }
            _ => ("unseen", None),
        };
        self.say(|| format!("node {at} is put back to an older copy, {how}"));
        match reason {
            Some(reason) => self.rotate(at, reason),
            None => self.nodes[at].bear_witness(),
        }
    }

    /// A node's disk is copied to another machine, and both go on.
    fn clone_node(&mut self, at: usize) -> Sim<()> {
        if self.nodes.len() >= NODES_MAX || self.nodes[at].revoked {
            return Ok(());
        }
        let number = self.nodes.len();
        let from = &self.nodes[at];
        let copy = NodeEnd {
            disk: from.disk.clone(),
            key: from.key,
            device: from.device,
            ward: from.ward.clone(),
            revoked: false,
            clock_ms: from.clock_ms,
            witness: from.witness,
            restores: 0,
            older: from.older,
            fault: from.fault,
        };
        self.nodes.push(copy);
        self.count("nodes copied");
        let fingerprint_differs = self.dice.one_in(2);
        self.say(|| format!("node {at} is copied to node {number}, noticed={fingerprint_differs}"));
        if fingerprint_differs {
            self.rotate(number, RotationReason::Witness)?;
        }
        Ok(())
    }

    fn rotate(&mut self, at: usize, reason: RotationReason) -> Sim<()> {
        let now = self.node_now(at);
        let World { nodes, dice, .. } = self;
        let copies = nodes[at].rotate(reason, dice, now)?;
        self.copied(at, &copies);
        self.count("rotated at start");
        Ok(())
    }

    /// The hub's disk is put back to an older copy, by command or by exchanging files.
    pub(crate) fn hub_trouble(&mut self) -> Sim<()> {
        if self.dice.index(3) != 0 || self.hub_copies.is_empty() {
            self.keep_hub_copy();
            return Ok(());
        }
        let Some(disk) = self.dice.pick(&self.hub_copies).cloned() else { return Ok(()) };
        self.hub.disk = disk;
        self.hub.restores += 1;
        self.count("hub put back");
        self.write_off()?;
        let announced = self.dice.one_in(2);
        self.say(|| format!("the hub is put back to an older copy, announced={announced}"));
        self.decide_again()?;
        if announced {
            let at = self.now();
            let World { hub, dice, .. } = self;
            hub.with(|port| wardbook_sync::hub::renew(port, dice, at, "restored"))?;
        }
        self.hub_starts();
        Ok(())
    }

    /// The hub draws a new author epoch at every start.
    pub(crate) fn hub_starts(&mut self) {
        self.hub.disk.store.set_author_epoch(AuthorEpoch::random(&self.dice));
    }

    /// What was thrown out or erased stays so: an admin does that again.
    fn decide_again(&mut self) -> Sim<()> {
        for at in 0..self.nodes.len() {
            if self.nodes[at].revoked {
                self.put_revoked(at)?;
            }
        }
        let now = self.now();
        for id in self.ledger.purged.clone() {
            if self.hub.disk.store.document(&id)?.is_some() {
                let purged = self.hub.with(|port| custody::purge(port, &id, "QĐ 5", now));
                purged.map_err(|error| Violation::new(Oracle::Rest, error.to_string()))?;
            } else if self.hub.disk.store.tombstone(&id)?.is_none() {
                self.ledger.purged.remove(&id);
                self.ledger.once_purged.insert(id);
            }
        }
        Ok(())
    }

    /// A device is thrown out, with all its copies.
    pub(crate) fn revoke(&mut self) -> Sim<()> {
        let live: Vec<usize> =
            (0..self.nodes.len()).filter(|at| !self.nodes[*at].revoked).collect();
        let devices: std::collections::BTreeSet<_> =
            live.iter().map(|at| self.nodes[*at].device).collect();
        if devices.len() < 2 {
            return Ok(());
        }
        let Some(at) = self.dice.pick(&live).copied() else { return Ok(()) };
        let device = self.nodes[at].device;
        for node in &mut self.nodes {
            node.revoked |= node.device == device;
        }
        self.say(|| format!("the device of node {at} is revoked"));
        self.count("revoked");
        self.put_revoked(at)
    }

    fn put_revoked(&mut self, at: usize) -> Sim<()> {
        let (device, ward, now) = (self.nodes[at].device, self.nodes[at].ward.clone(), self.now());
        let Some(mut record) = self.hub.disk.store.device(&device)? else { return Ok(()) };
        record.revoked_at = Some(now);
        self.hub.with(|port| {
            port.put_device(&record)?;
            custody::settle(port, &ward, now).map(|_| ())
        })?;
        Ok(())
    }

    /// What stood on a disk alone that was put back is gone: no program can bring it back.
    pub(crate) fn write_off(&mut self) -> Sim<()> {
        let mut gone = Vec::new();
        for (key, authored) in &self.ledger.authored {
            if authored.gone {
                continue;
            }
            let (id, hash) = key;
            let mut held = holds(&self.hub.disk.store, id, hash)?
                || self.hub.disk.store.parked_all().any(|kept| kept.hash == *hash);
            for node in &self.nodes {
                held = held || holds(&node.disk.store, id, hash)?;
            }
            if !held {
                gone.push(*key);
            }
        }
        for key in gone {
            self.count("gone with a disk");
            if let Some(authored) = self.ledger.authored.get_mut(&key) {
                authored.gone = true;
            }
        }
        Ok(())
    }

    /// A bundle is written at a node, carried to the hub, and its reply carried back, while both go
    /// on; each way may be lost.
    pub(crate) fn courier(&mut self) -> Sim<()> {
        let at = self.any_node();
        let limits = CallLimits { changes: 1 + self.dice.index(3), ..CallLimits::default() };
        let mut frames = vec![self.call(at, &limits)?];
        while let Some(last) = frames.last()
            && frames.len() < 4
        {
            let Some((after, chain)) = positions(&last.request).pop() else { break };
            let cursor = Cursor { after, chain };
            let info = CallInfo { app: String::new(), schema: 1, ..CallInfo::default() };
            let next = self.nodes[at]
                .with(|port| node::next_request_after(&*port, &info, &limits, &cursor))?;
            if next.push.items.is_empty() {
                break;
            }
            let call = Call { request: self.written_by(at, next), ..last.clone() };
            self.past.push(call.clone());
            frames.push(call);
        }
        self.count("bundles");
        // Meanwhile life goes on.
        if self.dice.one_in(2) {
            self.whole_call()?;
        }
        for frame in &mut frames {
            frame.answer = self.answer(frame, true)?;
        }
        if self.dice.one_in(4) {
            self.count("replies lost");
            return Ok(());
        }
        if self.dice.one_in(3) {
            self.whole_call()?;
        }
        for frame in &frames {
            self.arrive(frame, true)?;
        }
        Ok(())
    }
}
