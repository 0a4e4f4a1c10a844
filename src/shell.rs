//! Words of a command line, as a shell reads them.

/// A word that a POSIX shell reads as this text and nothing else.
pub fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_.@/:=,+%".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}

/// A command line of such words.
pub fn line(words: &[String]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_cannot_become_a_command() {
        assert_eq!(quoted("ann@example.com"), "ann@example.com");
        assert_eq!(quoted("a'; rm -rf"), "'a'\\''; rm -rf'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("~"), "'~'");
        assert_eq!(line(&["a".into(), "$(b)".into()]), "a '$(b)'");
    }
}
