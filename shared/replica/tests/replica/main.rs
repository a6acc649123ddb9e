//! The replica through its front door, over real stores: what a person can see.

// Helpers may unwrap like tests do: clippy looks for `cfg(test)`.
#[cfg(test)]
mod accounts;
#[cfg(test)]
mod asking;
#[cfg(test)]
mod city;
#[cfg(test)]
mod common;
#[cfg(test)]
mod custody;
#[cfg(test)]
mod decided;
#[cfg(test)]
mod desk;
#[cfg(test)]
mod endpoint;
#[cfg(test)]
mod files;
#[cfg(test)]
mod healing;
#[cfg(test)]
mod import;
#[cfg(test)]
mod late;
#[cfg(test)]
mod leaving_files;
#[cfg(test)]
mod list;
#[cfg(test)]
mod moving;
#[cfg(test)]
mod names;
#[cfg(test)]
mod refused;
#[cfg(test)]
mod reminders;
#[cfg(test)]
mod stuck_files;
#[cfg(test)]
mod take_back;
#[cfg(test)]
mod todo;
