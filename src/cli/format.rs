use super::Failure;
use super::output::{Format, OutputArgs};
use crate::report::{DriftReport, Github, Html, Junit, Markdown, Text};

/// What most verbs have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum Plain {
    /// For people.
    Text,
    /// For programs.
    Json,
}

impl Format for Plain {
    const DEFAULT: Self = Self::Text;
}

/// What a drift report is told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum ReportFormat {
    /// For people at a terminal.
    Text,
    /// For programs; `dashctl schema drift` has its form.
    Json,
    /// For CI systems that show tests.
    Junit,
    /// For a comment on a pull request, or a job's summary.
    Markdown,
    /// One page for people in a browser.
    Html,
    /// Annotations of a GitHub workflow.
    Github,
}

impl Format for ReportFormat {
    const DEFAULT: Self = Self::Text;
}

/// What a plan is told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum PlanFormat {
    /// For people at a terminal.
    Text,
    /// For programs.
    Json,
    /// For a comment on a pull request, or a job's summary.
    Markdown,
    /// One page for people in a browser.
    Html,
}

impl Format for PlanFormat {
    const DEFAULT: Self = Self::Text;
}

/// What differences are told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum DiffFormat {
    /// In words, by panel and query.
    #[value(alias = "text")]
    Semantic,
    /// Line by line, both sides with sorted keys; edits and noise alike.
    Unified,
    /// For programs.
    Json,
    /// For a comment on a pull request, or a job's summary.
    Markdown,
}

impl Format for DiffFormat {
    const DEFAULT: Self = Self::Semantic;
}

impl OutputArgs<ReportFormat> {
    /// Writes a drift report in every format that was asked for.
    ///
    /// # Errors
    ///
    /// A file that can't be written; the others are.
    pub fn write_report(&self, report: &DriftReport) -> Result<(), Failure> {
        self.write_each(|format, colour| match format {
            ReportFormat::Text => Ok(Text::new(report).colour(colour).to_string()),
            ReportFormat::Json => Ok(serde_json::to_string_pretty(report).map_err(Failure::new)? + "\n"),
            ReportFormat::Junit => Ok(Junit::new(report).to_string()),
            ReportFormat::Markdown => Ok(Markdown::new(report).to_string()),
            ReportFormat::Html => Ok(Html::new(report).to_string()),
            ReportFormat::Github => Ok(Github::new(report).to_string()),
        })
    }
}
