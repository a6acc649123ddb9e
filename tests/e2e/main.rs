//! End to end, over real processes and sockets.

mod actions;
mod bad_input;
mod budgets;
mod custody;
mod demo;
mod heal;
mod kill;
mod merge;
mod put_back;
mod slow_line;
mod torture;
mod transfer;
mod usb;
