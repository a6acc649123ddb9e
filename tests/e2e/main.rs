//! End to end, over real processes and sockets.

mod bad_input;
mod budgets;
mod custody;
mod demo;
mod heal;
mod kill;
mod merge;
mod slow_line;
mod torture;
mod usb;
