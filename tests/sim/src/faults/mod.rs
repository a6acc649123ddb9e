//! Faults that are planted on purpose: each oracle must be able to find one.

mod stores;

pub(crate) use stores::{FaultyHub, FaultyNode};

use crate::plan::Plan;
use crate::violation::Oracle;

/// A fault in a store, in the engine's glue, or in what is said to users.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fault {
    /// A user is told "saved" before it is durable.
    SavedBeforeDurable,
    /// The hub drops the bytes of some changes that it took in.
    ChangeDropped,
    /// The hub stores some changes with a damaged byte.
    BytesDamaged,
    /// The hub does not always move a ward's digest.
    DigestStuck,
    /// The hub takes every document for the asking ward's.
    NoWardCheck,
    /// The hub puts changes into a feed before what they build on.
    FeedOutOfOrder,
    /// The hub throws away what it refuses.
    RefusedThrownAway,
    /// The hub throws away what waits for its ancestors.
    WaitingThrownAway,
    /// Nobody is told of forked logs.
    EventsDropped,
    /// The hub takes in what the deep check condemns.
    NoDeepCheck,
    /// A restored node goes on under the actor it had.
    ActorReused,
    /// What is set aside is never written anew.
    NothingWrittenAnew,
    /// A node keeps what it must forget.
    ForgetIgnored,
    /// A snapshot lacks the newest change.
    SnapshotMissesChange,
    /// The row of a change is dropped that no snapshot holds.
    RowsDroppedTooSoon,
    /// Rows of the conflict table vanish.
    ConflictRowsDropped,
    /// A screen says "equal" after every answer.
    LieOfEquality,
}

impl Fault {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::SavedBeforeDurable,
        Self::ChangeDropped,
        Self::BytesDamaged,
        Self::DigestStuck,
        Self::NoWardCheck,
        Self::FeedOutOfOrder,
        Self::RefusedThrownAway,
        Self::WaitingThrownAway,
        Self::EventsDropped,
        Self::NoDeepCheck,
        Self::ActorReused,
        Self::NothingWrittenAnew,
        Self::ForgetIgnored,
        Self::SnapshotMissesChange,
        Self::RowsDroppedTooSoon,
        Self::ConflictRowsDropped,
        Self::LieOfEquality,
    ];

    /// The oracle that must find it.
    #[must_use]
    pub const fn oracle(self) -> Oracle {
        match self {
            Self::SavedBeforeDurable | Self::NothingWrittenAnew => Oracle::Kept,
            Self::ChangeDropped
            | Self::BytesDamaged
            | Self::NoDeepCheck
            | Self::RowsDroppedTooSoon => Oracle::Loads,
            Self::DigestStuck => Oracle::Digest,
            Self::NoWardCheck | Self::ActorReused => Oracle::Equal,
            Self::FeedOutOfOrder => Oracle::Causal,
            Self::RefusedThrownAway | Self::WaitingThrownAway => Oracle::Conserved,
            Self::EventsDropped => Oracle::Noticed,
            Self::ForgetIgnored => Oracle::Scope,
            Self::SnapshotMissesChange => Oracle::Snapshot,
            Self::ConflictRowsDropped => Oracle::Conflicts,
            Self::LieOfEquality => Oracle::Honest,
        }
    }

    /// Gives a city the troubles in which the fault can show.
    pub(crate) fn shape(self, plan: &mut Plan) {
        match self {
            Self::SavedBeforeDurable => plan.crashes = true,
            Self::ActorReused | Self::EventsDropped => {
                plan.node_restores = true;
                plan.hub_restores = false;
                plan.revocations = false;
            }
            Self::WaitingThrownAway => {
                plan.hub_restores = true;
                plan.nodes = 5;
                plan.wards = 2;
                plan.steps = 100;
            }
            Self::ConflictRowsDropped => plan.nodes = 5,
            Self::NoDeepCheck | Self::NothingWrittenAnew | Self::RefusedThrownAway => {
                plan.hostile = true;
            }
            Self::NoWardCheck | Self::ForgetIgnored => plan.custody = true,
            _ => {}
        }
    }
}
