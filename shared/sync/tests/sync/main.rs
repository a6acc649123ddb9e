//! The engine from outside: honest and hostile changes, calls, budgets, golden messages, and
//! databases that were put back or copied. Random histories are the simulator's (tests/sim).

#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]
#![expect(clippy::print_stdout, reason = "measured bytes stand in the test's output")]

mod anew;
mod aside;
mod budgets;
mod calls;
mod changes;
mod compare;
mod custody;
mod golden;
mod hostile;
mod reconciled;
mod restored;
mod rotation;
mod support;
