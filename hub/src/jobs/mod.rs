//! What the hub does by itself, beside answering.

pub mod news;
pub mod night;
pub mod projector;
