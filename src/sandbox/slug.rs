use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

/// The part of a URL that Grafana makes from a title; also what it compares titles by.
///
/// A title with nothing that can stand in a URL becomes its own base64, as Grafana does it.
pub fn slug(title: &str) -> String {
    let mut slug = String::with_capacity(title.len());
    for letter in title.to_lowercase().chars() {
        match letter {
            'a'..='z' | '0'..='9' | '_' => slug.push(letter),
            '&' => slug.push_str("and"),
            '@' => slug.push_str("at"),
            '\'' | '"' | '’' => {}
            _ => match unaccented(letter) {
                Some(plain) => slug.push_str(plain),
                None if !slug.ends_with('-') => slug.push('-'),
                None => {}
            },
        }
    }
    let trimmed = slug.trim_matches(['-', '_']);
    if trimmed.is_empty() {
        URL_SAFE_NO_PAD.encode(title)
    } else {
        trimmed.to_owned()
    }
}

/// The plain spelling of the Latin letters that titles use most.
fn unaccented(letter: char) -> Option<&'static str> {
    Some(match letter {
        'à' | 'á' | 'â' | 'ã' | 'å' => "a",
        'ä' | 'æ' => "ae",
        'ç' | 'č' | 'ć' => "c",
        'è' | 'é' | 'ê' | 'ë' => "e",
        'ì' | 'í' | 'î' | 'ï' => "i",
        'ñ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ø' => "o",
        'ö' | 'œ' => "oe",
        'ù' | 'ú' | 'û' => "u",
        'ü' => "ue",
        'š' => "s",
        'ß' => "ss",
        'ž' => "z",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::slug;

    #[test]
    fn titles_become_what_grafana_puts_in_urls() {
        assert_eq!(slug("Two words"), "two-words");
        assert_eq!(slug("Pods (by node) !"), "pods-by-node");
        assert_eq!(slug("Disk & CPU @ home"), "disk-and-cpu-at-home");
        assert_eq!(slug("Café"), "cafe");
    }

    #[test]
    fn a_title_without_letters_becomes_its_base64() {
        assert_eq!(slug("日本"), "5pel5pys");
    }
}
