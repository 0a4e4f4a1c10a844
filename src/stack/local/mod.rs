//! How does the stack run on one machine, without a cluster?
//!
//! As processes: [`Programs`] are found on PATH, a [`LocalPlan`] says where each of them listens and keeps its data, and
//! a [`LocalStack`] is the whole, started together and stopped together. Everything is below one [`Folder`], which only
//! one run at a time may use; what a run left behind that was killed is found again by its [`Mark`]. Nothing listens on
//! anything but 127.0.0.1.

mod command;
mod component;
mod configuration;
mod error;
mod folder;
mod mark;
mod password;
mod plan;
mod ports;
mod process;
mod program;
mod running;

pub use component::{Component, UnknownComponent};
pub use error::Error;
pub use folder::{Folder, Lock};
pub use mark::Mark;
pub use password::LocalPassword;
pub use plan::{LocalPlan, Part};
pub use ports::Ports;
pub use program::{Places, Program, Programs};
pub use running::{LocalStack, StandIn, StandInPlace, Start};
