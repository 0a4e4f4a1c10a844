use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

/// Where a dashboard lies in Grafana: in General, which is the root, or in a folder, by the titles from the root.
///
/// As text it is `Teams/Platform`; a backslash before a sign takes it as it is, so that `Team A\/B` is one title, and
/// `\General` a folder that bears the root's name.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum FolderPath {
    /// The root.
    #[default]
    General,
    /// A folder.
    Titled(Titles),
}

/// The titles that lead to a folder from the root: at least one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Titles(Vec<String>);

/// The longest name that a folder gets on disk; file systems end at 255 bytes.
const LONGEST: usize = 200;
/// What a name ends with that goes on in the folder inside of it.
const GOES_ON: char = '%';

impl FolderPath {
    /// The folder that these titles lead to; none lead to General.
    pub fn of<T: Into<String>>(titles: impl IntoIterator<Item = T>) -> Self {
        let titles: Vec<String> = titles.into_iter().map(Into::into).collect();
        match titles.is_empty() {
            true => Self::General,
            false => Self::Titled(Titles(titles)),
        }
    }

    /// The titles from the root; none for General.
    pub fn titles(&self) -> &[String] {
        match self {
            Self::General => &[],
            Self::Titled(Titles(titles)) => titles,
        }
    }

    /// The folders that lead to it, the outermost first, itself last.
    pub fn ways(&self) -> Vec<Self> {
        let titles = self.titles();
        (1..=titles.len())
            .map(|depth| Self::of(titles[..depth].iter().cloned()))
            .collect()
    }

    /// Whether it lies inside of another folder.
    pub fn is_nested(&self) -> bool {
        self.titles().len() > 1
    }

    /// The names of the directories that stand for it, one inside of the other. Every title has such names, on every
    /// system, and they lead back to it.
    pub fn directories(&self) -> Vec<String> {
        self.titles().iter().flat_map(|title| cut(&escape(title))).collect()
    }

    /// The folder that directories of these names stand for.
    pub fn of_directories<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let mut titles: Vec<String> = Vec::new();
        let mut begun = String::new();
        for name in names {
            match name.strip_suffix(GOES_ON).filter(|_| name.len() > LONGEST / 2) {
                Some(part) => begun.push_str(part),
                None => titles.push(unescape(&(std::mem::take(&mut begun) + name)).into_owned()),
            }
        }
        if !begun.is_empty() {
            titles.push(unescape(&begun).into_owned());
        }
        Self::of(titles)
    }
}

impl fmt::Display for FolderPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let titles = self.titles();
        if titles.is_empty() {
            return f.write_str("General");
        }
        if titles == ["General"] {
            return f.write_str("\\General");
        }
        for (at, title) in titles.iter().enumerate() {
            let slash = if at == 0 { "" } else { "/" };
            write!(f, "{slash}{}", title.replace('\\', "\\\\").replace('/', "\\/"))?;
        }
        Ok(())
    }
}

impl FromStr for FolderPath {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.trim() == "General" {
            return Ok(Self::General);
        }
        let mut titles = vec![String::new()];
        let mut signs = text.chars();
        while let Some(sign) = signs.next() {
            match (sign, titles.last_mut()) {
                ('/', _) => titles.push(String::new()),
                ('\\', Some(title)) => title.extend(signs.next()),
                (sign, Some(title)) => title.push(sign),
                (_, None) => {}
            }
        }
        let titles = titles.iter().map(|title| title.trim());
        Ok(Self::of(titles.filter(|title| !title.is_empty())))
    }
}

impl Serialize for FolderPath {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A title as a name that every file system takes: what one of them doesn't take stands as `%` and two hex digits for each
/// byte, as in a URL.
pub fn escape(title: &str) -> String {
    let mut name = String::with_capacity(title.len());
    let reserved = is_reserved(title);
    let last = title.chars().count().saturating_sub(1);
    let mut before = 'x';
    for (at, sign) in title.chars().enumerate() {
        let everywhere = sign.is_control() || "/\\:*?\"<>|%".contains(sign);
        let begins = at == 0 && (reserved || sign == '.' || sign.is_whitespace());
        let ends = at == last && (sign == '.' || sign.is_whitespace());
        // Of several in a row one at most stays: a long name is cut where neither is.
        let again = ". ".contains(sign) && ". ".contains(before);
        before = sign;
        if everywhere || begins || ends || again {
            let mut bytes = [0; 4];
            for byte in sign.encode_utf8(&mut bytes).bytes() {
                name.push_str(&format!("%{byte:02X}"));
            }
        } else {
            name.push(sign);
        }
    }
    name
}

/// The title that a name stands for. A `%` that is followed by no two hex digits is one, as people write it.
pub fn unescape(name: &str) -> Cow<'_, str> {
    percent_encoding::percent_decode_str(name)
        .decode_utf8()
        .unwrap_or(Cow::Borrowed(name))
}

/// Names that Windows keeps for devices, whatever follows after a dot.
fn is_reserved(title: &str) -> bool {
    let stem = title
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_ascii_uppercase();
    let numbered = |prefix| stem.strip_prefix(prefix).is_some_and(|rest| rest.chars().count() == 1);
    matches!(stem.as_str(), "CON" | "PRN" | "AUX" | "NUL") || numbered("COM") || numbered("LPT")
}

/// A name that is too long, as several of which each but the last goes on in the next.
fn cut(name: &str) -> Vec<String> {
    let mut parts = Vec::new();
    let mut rest = name;
    while rest.len() > LONGEST {
        let mut end = LONGEST - 1;
        // Neither inside of a letter nor of an escape, nor before what a name can't begin or end with.
        let fine = |at: usize| {
            rest.is_char_boundary(at)
                && !rest[..at].ends_with(['%', '.', ' '])
                && !rest[at..].starts_with(['.', ' '])
                && rest[..at].rfind('%').is_none_or(|escape| at - escape > 2)
        };
        while end > LONGEST / 2 && !fine(end) {
            end -= 1;
        }
        while !rest.is_char_boundary(end) {
            end -= 1;
        }
        parts.push(format!("{}{GOES_ON}", &rest[..end]));
        rest = &rest[end..];
    }
    parts.push(rest.to_owned());
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn round(folder: &FolderPath) {
        let names = folder.directories();
        for name in &names {
            assert!(name.len() <= LONGEST, "{name:?}");
            assert!(
                !name.starts_with('.') && !name.ends_with(['.', ' ']) && !is_reserved(name),
                "{name:?}"
            );
            assert!(
                !name.chars().any(|c| c.is_control() || "/\\:*?\"<>|".contains(c)),
                "{name:?}"
            );
        }
        assert_eq!(FolderPath::of_directories(names.iter().map(String::as_str)), *folder);
        let text = folder.to_string();
        if folder.titles().iter().all(|title| title.trim() == title) {
            assert_eq!(text.parse(), Ok(folder.clone()), "{text}");
        }
    }

    #[test]
    fn every_title_has_a_name_on_disk_that_leads_back_to_it() {
        let emoji = "🔥".repeat(255);
        let dots = format!("a{}b", ".".repeat(400));
        let percents = "%".repeat(255);
        let long = "x".repeat(255);
        let titles = [
            "Team A/B",
            "C:",
            "..",
            ".",
            "trailing.",
            "trailing ",
            " leading",
            "CON",
            "con",
            "Nul.txt",
            "COM1",
            "LPT9.x",
            "?",
            "a\"|*<>b",
            ".hidden",
            "100%",
            "%2F",
            "50%ab",
            "a\\b",
            "General",
            "쿠버네티스",
            "\u{a0}",
            "\t",
            "COM¹",
            &emoji,
            &dots,
            &percents,
            &long,
        ];
        for title in titles {
            round(&FolderPath::of([title]));
            round(&FolderPath::of(["outer", title, "inner"]));
        }
        round(&FolderPath::General);
    }

    proptest! {
        #[test]
        fn whatever_it_is_called(titles in prop::collection::vec("\\PC{1,260}", 1..4)) {
            round(&FolderPath::of(titles));
        }

        #[test]
        fn signs_that_are_hard(titles in prop::collection::vec("[./\\\\% a:\u{e9}]{1,260}", 1..4)) {
            round(&FolderPath::of(titles));
        }
    }

    #[test]
    fn a_path_is_read_as_it_is_shown() {
        let path = |text: &str| text.parse::<FolderPath>().unwrap();
        assert_eq!(path("Teams/ Platform/"), FolderPath::of(["Teams", "Platform"]));
        assert_eq!(path("Team A\\/B"), FolderPath::of(["Team A/B"]));
        assert_eq!((path("General"), path("")), (FolderPath::General, FolderPath::General));
        assert_eq!(path("\\General"), FolderPath::of(["General"]));
        assert_eq!(FolderPath::of(["A/B", "C"]).to_string(), "A\\/B/C");
    }

    #[test]
    fn names_that_people_gave_themselves_stay_what_they_are() {
        for name in ["100% CPU", "CPU %", "50%ab", "a b"] {
            assert_eq!(FolderPath::of_directories([name]), FolderPath::of([name]));
        }
    }
}
