use crate::cli::format::ReportFormat;
use crate::cli::output::{OutputArgs, is_verbose};
use crate::cli::{Environment, Failure};
use crate::ops::find_repository;
use crate::report::{DriftReport, Github, Html, Junit, Markdown, Text};

impl OutputArgs<ReportFormat> {
    /// Writes a drift report in every format that was asked for, with drawings in the text where they are wanted.
    ///
    /// # Errors
    ///
    /// A file that can't be written; the others are.
    pub fn write_report(&self, report: &DriftReport, pictures: bool) -> Result<(), Failure> {
        self.write_each(|format, colour| match format {
            ReportFormat::Text => {
                let text = Text::new(report).colour(colour).paths(is_verbose());
                Ok(text.pictures(pictures).to_string())
            }
            ReportFormat::Json => Ok(serde_json::to_string_pretty(report).map_err(Failure::new)? + "\n"),
            ReportFormat::Junit => Ok(Junit::new(report).to_string()),
            ReportFormat::Markdown => Ok(Markdown::new(report).to_string()),
            ReportFormat::Html => Ok(Html::new(report).to_string()),
            ReportFormat::Github => Ok(Github::new(report).below(&folder_in_checkout()).to_string()),
        })
    }
}

/// Where in a GitHub workflow's checkout the repository is: annotations name files from the top of the checkout. Empty where
/// it is the checkout itself, or nobody knows.
fn folder_in_checkout() -> String {
    let checkout = Environment::of_process()
        .get("GITHUB_WORKSPACE")
        .map(std::fs::canonicalize);
    let repository = find_repository().ok().flatten();
    let root = repository.map(|repository| std::fs::canonicalize(repository.root()));
    match (checkout, root) {
        (Some(Ok(checkout)), Some(Ok(root))) => root
            .strip_prefix(&checkout)
            .map_or_else(|_| String::new(), |folder| folder.display().to_string()),
        _ => String::new(),
    }
}
