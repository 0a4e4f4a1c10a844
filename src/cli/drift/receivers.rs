use std::path::PathBuf;

use reqwest::header::{HeaderName, HeaderValue};

use crate::notify::{Address, AlertPer, Template, textfile};
use crate::ops::Receivers;

/// Who is told of the check, besides the one who ran it.
#[derive(Debug, Clone, clap::Args)]
#[command(next_help_heading = "Who is told")]
pub struct ReceiverArgs {
    /// Push figures to this Pushgateway; @FILE reads the URL from a file, here and below
    #[arg(long, value_name = "URL", value_parser = Address::parse)]
    pushgateway: Option<Address>,
    /// Write figures into this file, for node-exporter's textfile collector
    #[arg(long, value_name = "FILE", value_parser = textfile)]
    textfile: Option<PathBuf>,
    /// For at most this many drifted dashboards of a target there is a series each; 0 for none
    #[arg(long, value_name = "N", default_value_t = 100)]
    metrics_dashboards: usize,
    /// Tell this Alertmanager: an alert lasts until two checks in a row no longer tell of it
    #[arg(long, value_name = "URL", value_parser = Address::parse)]
    alertmanager: Option<Address>,
    /// What an alert stands for
    #[arg(long, value_enum, default_value_t = AlertPer::Dashboard)]
    alert_per: AlertPer,
    /// Send a message for each change to this webhook
    #[arg(long, value_name = "URL", value_parser = Address::parse)]
    webhook: Option<Address>,
    /// What a message is made by: generic, slack, or a handlebars template of JSON
    #[arg(long, value_name = "generic|slack|FILE", default_value = "generic")]
    webhook_template: Template,
    /// A header that goes with each message, as NAME=@FILE with its value in a file; repeatable
    #[arg(long, value_name = "NAME=@FILE", value_parser = header)]
    webhook_header: Vec<(HeaderName, HeaderValue)>,
    /// Remember in this file which messages were sent, so that each is sent once
    #[arg(long, value_name = "FILE", requires = "webhook")]
    state: Option<PathBuf>,
}

/// The value is a secret, and a command line is none.
fn header(text: &str) -> Result<(HeaderName, HeaderValue), String> {
    let (name, path) = text.split_once("=@").ok_or("expected NAME=@FILE")?;
    let name = name
        .parse()
        .map_err(|_| format!("{name:?} is not the name of an HTTP header"))?;
    let bytes = crate::files::read_regular(path.as_ref()).map_err(|error| format!("{path}: {error}"))?;
    let text = String::from_utf8_lossy(&bytes);
    let mut value = HeaderValue::from_str(text.trim()).map_err(|_| format!("{path}: its text can't be sent"))?;
    value.set_sensitive(true);
    Ok((name, value))
}

impl From<ReceiverArgs> for Receivers {
    fn from(args: ReceiverArgs) -> Self {
        Self {
            pushgateway: args.pushgateway,
            textfile: args.textfile,
            metrics_dashboards: args.metrics_dashboards,
            alertmanager: args.alertmanager,
            alert_per: args.alert_per,
            webhook: args.webhook,
            webhook_template: args.webhook_template,
            webhook_headers: args.webhook_header,
            state: args.state,
        }
    }
}
