use crate::cli::format::ReportFormat;
use crate::cli::output::{OutputArgs, is_verbose, put, put_json};
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
        self.stream_each(|format, colour, out| match format {
            ReportFormat::Text => {
                let text = Text::new(report).colour(colour).paths(is_verbose());
                put(out, &text.pictures(pictures))
            }
            ReportFormat::Json => put_json(out, report),
            ReportFormat::Junit => put(out, &Junit::new(report)),
            ReportFormat::Markdown => put(out, &Markdown::new(report)),
            ReportFormat::Html => put(out, &Html::new(report)),
            ReportFormat::Github => put(out, &Github::new(report).below(&folder_in_checkout())),
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
