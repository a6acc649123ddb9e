//! Somebody signed in at a node without a browser.

pub(crate) use wardbook_tests::harness::{Got, Visitor, answer};
