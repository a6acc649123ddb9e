//! Machines and wards by name.

use std::collections::BTreeMap;

use wardbook_base::{DeviceId, WardId};
use wardbook_record::Names;
use wardbook_record::units::units;
use wardbook_store::Tx;

use crate::End;
use crate::error::ReplicaError;

/// Where a change was made.
pub(super) struct Place {
    pub(super) device: Option<DeviceId>,
    pub(super) name: String,
    pub(super) ward: Option<WardId>,
    pub(super) is_hub: bool,
}

impl Place {
    /// A machine as the record tells of it; where it does not, this word and this ward.
    pub(super) fn told(
        author: DeviceId,
        names: &Names,
        unnamed: String,
        ward: Option<WardId>,
    ) -> Self {
        let name = if names.machine.is_empty() { unnamed } else { names.machine.clone() };
        Self { device: Some(author), name, ward: names.ward.parse().ok().or(ward), is_hub: false }
    }
}

/// The name of a unit by its id, for wards that this end knows nothing else of.
pub fn unit_name(ward: &WardId) -> String {
    units().find(ward.as_str()).map_or_else(|| ward.as_str().to_owned(), |unit| unit.name.clone())
}

/// The names of the wards an end knows.
pub(crate) fn ward_names(tx: &dyn Tx, end: End) -> Result<BTreeMap<WardId, String>, ReplicaError> {
    Ok(match end {
        End::Node => {
            tx.membership()?.into_iter().map(|member| (member.ward, member.ward_name)).collect()
        }
        End::Hub => tx.wards()?.into_iter().map(|ward| (ward.id, ward.name)).collect(),
    })
}
