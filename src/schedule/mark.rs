use data_encoding::HEXLOWER;
use sha2::{Digest, Sha256};

const BEGIN: &str = "# Made by `dashctl schedule`, which replaces it as long as nobody edits it (";

/// Who wrote a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// An earlier run, and nobody has touched it since.
    Ours,
    /// An earlier run, and somebody has edited it.
    Edited,
    /// Somebody else.
    Foreign,
}

/// The text with a first line that says who made it, and by which a later run sees whether somebody has edited it.
pub fn marked(text: &str) -> String {
    format!("{BEGIN}{}).\n{text}", checksum(text))
}

/// Who wrote a file of this text.
pub fn origin(text: &str) -> Origin {
    let Some((first, rest)) = text.split_once('\n') else {
        return Origin::Foreign;
    };
    // Git may have given it the line ends of Windows.
    let rest = rest.replace("\r\n", "\n");
    match first
        .trim_end_matches('\r')
        .strip_prefix(BEGIN)
        .and_then(|end| end.strip_suffix(")."))
    {
        None => Origin::Foreign,
        Some(sum) if sum == checksum(&rest) => Origin::Ours,
        Some(_) => Origin::Edited,
    }
}

fn checksum(text: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(text.as_bytes())[..8])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_edit_is_seen() {
        let text = marked("a: 1\nb: 2\n");
        assert_eq!(origin(&text), Origin::Ours);
        assert_eq!(origin(&text.replace('\n', "\r\n")), Origin::Ours);
        assert_eq!(origin(&text.replace("b: 2", "b: 3")), Origin::Edited);
        assert_eq!(origin(&format!("{text}# mine\n")), Origin::Edited);
        assert_eq!(origin("a: 1\nb: 2\n"), Origin::Foreign);
        assert_eq!(origin(""), Origin::Foreign);
    }
}
