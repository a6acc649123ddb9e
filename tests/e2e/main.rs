//! End to end, over real processes and sockets.

mod bad_input;
mod budgets;
mod demo;
mod kill;
mod merge;
