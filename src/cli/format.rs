/// The formats that a verb has; a name that isn't one of them is wrong usage.
pub trait Format: clap::ValueEnum + Copy + PartialEq + Send + Sync + 'static {
    /// What goes to standard output where nothing is asked for.
    const DEFAULT: Self;

    /// Whether what it makes may bear colours, which are taken out where they can't be shown: not where programs read it.
    fn may_have_colours(self) -> bool;
}

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

    fn may_have_colours(self) -> bool {
        !matches!(self, Self::Json)
    }
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

    fn may_have_colours(self) -> bool {
        !matches!(self, Self::Json | Self::Html)
    }
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

    fn may_have_colours(self) -> bool {
        !matches!(self, Self::Json | Self::Html)
    }
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
    /// One page for people in a browser, with the dashboard drawn.
    Html,
}

impl Format for DiffFormat {
    const DEFAULT: Self = Self::Semantic;

    fn may_have_colours(self) -> bool {
        !matches!(self, Self::Json | Self::Html)
    }
}

/// What is told of outdated dashboards.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum OutdatedFormat {
    /// For people at a terminal.
    Text,
    /// For programs.
    Json,
    /// For a comment on a pull request, or a job's summary.
    Markdown,
}

impl Format for OutdatedFormat {
    const DEFAULT: Self = Self::Text;

    fn may_have_colours(self) -> bool {
        !matches!(self, Self::Json)
    }
}

/// What findings of a lint are told in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
pub enum LintFormat {
    /// For people at a terminal.
    Text,
    /// For programs.
    Json,
    /// For code review: SARIF 2.1.0.
    Sarif,
}

impl Format for LintFormat {
    const DEFAULT: Self = Self::Text;

    fn may_have_colours(self) -> bool {
        !matches!(self, Self::Json | Self::Sarif)
    }
}
