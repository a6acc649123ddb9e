//! What an office does with its own machine: where files can be put, who of the office network may
//! come in, what support is told, the first steps, and a restore while the program runs.

pub(crate) mod lan;
pub(crate) mod log_ring;
pub(crate) mod packed;
pub(crate) mod places;
pub(crate) mod restart;
pub(crate) mod setup_code;
pub(crate) mod support;
