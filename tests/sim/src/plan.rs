//! What one seed is about: which kinds of trouble it has. Many seeds have little, so that a failure
//! is easy to read; many have all at once.

use wardbook_base::Dice as _;

use crate::dice::SimDice;

/// The troubles of one city.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(clippy::struct_excessive_bools, reason = "independent troubles, each read on its own")]
pub struct Plan {
    /// Wards.
    pub wards: usize,
    /// Nodes at the start.
    pub nodes: usize,
    /// Steps before the line is whole again.
    pub steps: u64,
    /// Messages travel as signed and compressed bytes; else as values.
    pub sealed: bool,
    /// The line loses, doubles and reorders.
    pub bad_line: bool,
    /// Programs die before a step is durable.
    pub crashes: bool,
    /// Nodes are put back to older copies, and copied.
    pub node_restores: bool,
    /// The hub is put back to older copies.
    pub hub_restores: bool,
    /// Documents move between wards, are lent and erased.
    pub custody: bool,
    /// Documents are erased.
    pub purges: bool,
    /// Changes that the deep check condemns.
    pub hostile: bool,
    /// Devices are thrown out.
    pub revocations: bool,
    /// Clocks jump.
    pub clocks: bool,
    /// Bundles go by hand.
    pub courier: bool,
    /// Nobody writes any more: the line is whole, and all shall become equal.
    pub quiet: bool,
}

impl Plan {
    /// The plan of a seed.
    #[must_use]
    pub fn of(dice: &SimDice) -> Self {
        let node_restores = dice.one_in(2);
        let hub_restores = dice.one_in(3);
        let custody = dice.one_in(2);
        Self {
            wards: 2 + dice.index(2),
            nodes: 2 + dice.index(4),
            steps: 20 + dice.below(81),
            sealed: dice.one_in(32),
            bad_line: !dice.one_in(4),
            crashes: !dice.one_in(3),
            node_restores,
            hub_restores,
            custody,
            purges: custody && dice.one_in(3),
            hostile: dice.one_in(3),
            revocations: dice.one_in(6),
            clocks: dice.one_in(3),
            courier: dice.one_in(3),
            quiet: false,
        }
    }
}
