//! The replica through its front door, over real stores: what a person can see.

// Helpers may unwrap like tests do: clippy looks for `cfg(test)`.
#[cfg(test)]
mod accounts;
#[cfg(test)]
mod city;
#[cfg(test)]
mod common;
#[cfg(test)]
mod custody;
#[cfg(test)]
mod endpoint;
#[cfg(test)]
mod healing;
#[cfg(test)]
mod import;
#[cfg(test)]
mod moving;
#[cfg(test)]
mod refused;
