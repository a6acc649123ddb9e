//! The engine from outside: honest and hostile changes, calls, budgets, golden messages, and a
//! simulated city.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "measured bytes stand in the test's output")]

mod budgets;
mod calls;
mod changes;
mod golden;
mod hostile;
mod simulation;
mod support;
