use deunicode::deunicode_char;

/// The part of a URL that Grafana makes from a title, by which versions before 12 compare titles; nothing where none of its
/// letters has a place there. Letters of other scripts stand in their Latin spelling, as gosimple/slug, which Grafana uses,
/// writes them.
pub fn slug(title: &str) -> Option<String> {
    let mut slug = String::with_capacity(title.len());
    for letter in title.trim().chars() {
        match letter {
            '&' => slug.push_str("and"),
            '@' => slug.push_str("at"),
            '\'' | '"' | '’' => {}
            // Signs beyond the first plane, such as emoji, are left out.
            letter if letter > '\u{ffff}' && !letter.is_alphanumeric() => {}
            letter => deunicode_char(letter)
                .unwrap_or("-")
                .chars()
                .for_each(|letter| push(&mut slug, letter)),
        }
    }
    let trimmed = slug.trim_matches(['-', '_']);
    (!trimmed.is_empty()).then(|| trimmed.to_owned())
}

fn push(slug: &mut String, letter: char) {
    match letter.to_ascii_lowercase() {
        letter @ ('a'..='z' | '0'..='9' | '_') => slug.push(letter),
        _ if slug.ends_with('-') => {}
        _ => slug.push('-'),
    }
}

/// The same; the title itself where nothing of it has a place in a URL.
pub fn url_part(title: &str) -> String {
    slug(title).unwrap_or_else(|| title.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles_become_what_grafana_puts_in_urls() {
        for (title, part) in [
            ("Two words", "two-words"),
            ("Pods (by node) !", "pods-by-node"),
            ("Disk & CPU @ home", "disk-and-cpu-at-home"),
            ("Café Größe Ångström", "cafe-grosse-angstrom"),
            ("Панель", "panel"),
            ("日本", "ri-ben"),
            ("🚀 Launch", "launch"),
        ] {
            assert_eq!(slug(title).as_deref(), Some(part), "{title}");
        }
        assert_eq!(slug("?! 🚀"), None);
    }

    #[test]
    fn titles_that_are_one_in_a_url_are_one() {
        for (one, other) in [
            ("my dashboard", "My Dashboard"),
            ("Telegraf rabbitmq", "Telegraf/rabbitmq"),
            ("A & B", "a-and-b"),
            ("Café", "Cafe"),
        ] {
            assert_eq!(url_part(one), url_part(other));
        }
        assert_ne!(url_part("日本"), url_part("日光"));
        assert_ne!(url_part("?"), url_part("!"));
    }
}
