//! Commits beside the work tree.

use dashctl::git::{Author, Commit, Content, Error, Git};
use libtest_mimic::Trial;
use tempfile::TempDir;

use super::clone::{begin, git};
use super::with_git;

pub fn trials() -> Vec<Trial> {
    vec![
        with_git("commits_touch_neither_files_nor_index_nor_any_other_branch", untouched),
        with_git("the_same_edits_upon_the_same_commit_are_the_same_commits", the_same),
        with_git("a_branch_is_moved_only_from_where_it_was_seen", moved),
        with_git("a_folder_outside_of_any_work_tree_is_named", outside),
        with_git("the_repository_s_rules_for_line_ends_hold", line_ends),
    ]
}

/// A clone with one commit, whose folder of interest lies below its top.
fn clone() -> (TempDir, Git) {
    let top = tempfile::tempdir().unwrap();
    std::fs::create_dir(top.path().join("d")).unwrap();
    std::fs::write(top.path().join("d/a"), "1\n").unwrap();
    begin(top.path());
    let git = Git::open(&top.path().join("d")).unwrap();
    (top, git)
}

fn commit(files: &[(&str, Option<&str>)]) -> Commit {
    let content = |text: &Option<&str>| text.map_or(Content::Gone, |text| Content::Bytes(text.into()));
    Commit {
        author: Author {
            name: "Ann <b>\n".into(),
            email: "ann@x".into(),
        },
        when: "2026-01-02T03:04:05Z".parse().unwrap(),
        message: "a: calmer\n\nin words".into(),
        origin: "uid 3\nForged: yes".into(),
        files: files
            .iter()
            .map(|(path, text)| ((*path).to_owned(), content(text)))
            .collect(),
    }
}

fn untouched() {
    let (top, clone) = clone();
    let top = top.path();
    std::fs::write(top.join("d/wip"), "mine").unwrap();
    let head = clone.head().unwrap();
    let mut commits = clone.commits_on(&head).unwrap();
    assert!(commits.add(&commit(&[("a", Some("2\n"))])).unwrap().is_some());
    assert!(
        commits
            .add(&commit(&[("a", None), ("b/c", Some("3\n"))]))
            .unwrap()
            .is_some()
    );
    assert_eq!(commits.add(&commit(&[("b/c", Some("3\n"))])).unwrap(), None);
    clone.move_branch("dashctl/drift", commits.tip(), None).unwrap();
    assert_eq!(clone.head().unwrap(), head);
    assert_eq!(git(top, &["status", "--porcelain"]), "?? d/wip");
    assert_eq!(git(top, &["show", "dashctl/drift~1:d/a"]), "2");
    assert_eq!(git(top, &["ls-tree", "-r", "--name-only", "dashctl/drift"]), "d/b/c");
    let format = "--format=%an|%ae|%aI|%s|%(trailers:keyonly,separator=+)";
    assert_eq!(
        git(top, &["log", "-1", format, "dashctl/drift"]),
        "Ann b|ann@x|2026-01-02T03:04:05+00:00|a: calmer|Dashctl-Pull"
    );
    let past = clone.beyond("main", "dashctl/drift").unwrap();
    assert!(
        past.len() == 2
            && past
                .iter()
                .all(|past| past.origin.as_deref() == Some("uid 3Forged: yes")),
        "{past:?}"
    );
    git(top, &["checkout", "--quiet", "dashctl/drift"]);
    git(top, &["commit", "--quiet", "--allow-empty", "-m", "a person's"]);
    let past = clone.beyond("main", "dashctl/drift").unwrap();
    assert!(
        past.len() == 3 && past[0].origin.is_none() && past[0].summary == "me: a person's",
        "{past:?}"
    );
}

fn the_same() {
    let (_top, clone) = clone();
    let head = clone.head().unwrap();
    let make = || {
        clone
            .commits_on(&head)
            .unwrap()
            .add(&commit(&[("a", Some("2\n"))]))
            .unwrap()
            .unwrap()
    };
    assert_eq!(make(), make());
}

fn moved() {
    let (top, clone) = clone();
    let head = clone.head().unwrap();
    let mut commits = clone.commits_on(&head).unwrap();
    commits.add(&commit(&[("a", Some("2\n"))])).unwrap();
    clone.move_branch("x", &head, None).unwrap();
    assert!(
        clone.move_branch("x", commits.tip(), None).is_err(),
        "it is there by now"
    );
    clone.move_branch("x", commits.tip(), Some(&head)).unwrap();
    let checked_out = clone.move_branch("main", &head, Some(&head));
    assert!(matches!(checked_out, Err(Error::CheckedOut { .. })), "{checked_out:?}");
    for wrong in ["a..b", "-x", "", "a b", "HEAD", "refs/heads/x", "@{-1}"] {
        assert!(matches!(clone.tip(wrong), Err(Error::BranchName(_))), "{wrong}");
    }
    std::fs::write(top.path().join("d/a"), "mine\n").unwrap();
    assert_eq!(clone.uncommitted(&["a".into(), "b".into()]).unwrap(), ["a"]);
    assert!(
        clone.fast_forward(commits.tip()).is_err(),
        "it would write over a change"
    );
    assert_eq!(std::fs::read_to_string(top.path().join("d/a")).unwrap(), "mine\n");
}

fn outside() {
    let folder = tempfile::tempdir().unwrap();
    let error = Git::open(folder.path()).unwrap_err().to_string();
    assert!(error.contains("is in no Git work tree"), "{error}");
}

fn line_ends() {
    let (top, clone) = clone();
    std::fs::write(top.path().join(".gitattributes"), "* text=auto\n").unwrap();
    super::clone::commit_all(top.path(), "line ends");
    let mut commits = clone.commits_on(&clone.head().unwrap()).unwrap();
    commits.add(&commit(&[("a", Some("2\r\n"))])).unwrap();
    assert_eq!(git(top.path(), &["show", &format!("{}:d/a", commits.tip())]), "2");
}
