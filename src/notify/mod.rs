//! Who is told of a drift check, besides the one who ran it?
//!
//! One file per receiver: metrics for Prometheus (pushed, or in a file for node-exporter), alerts for Alertmanager, messages
//! for webhooks. A receiver that fails never changes the check's own verdict: its failure is reported apart.

mod address;
mod alertmanager;
mod error;
mod message;
mod metrics;
mod pushgateway;
mod seen;
mod textfile;
mod webhook;

pub use address::Address;
pub use alertmanager::{AlertPer, Alertmanager};
pub use error::Error;
pub use message::Message;
pub use metrics::{Detail, metrics};
pub use pushgateway::Pushgateway;
pub use seen::Seen;
pub use textfile::{textfile, write_textfile};
pub use webhook::{Template, Webhook};
