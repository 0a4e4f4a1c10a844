use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};

use super::super::{Error, session};
use super::gather::Gathered;
use super::{Batch, Import};
use crate::apply::{Asking, Claim, FolderMaker, MissingReferences, Observed, Surroundings, observe, taken_titles};
use crate::dashboard::compare::Context;
use crate::dashboard::compare::in_classic_words;
use crate::dashboard::inputs::{self, Answer, Answers, Candidate, GivenAnswers, Reason, Unanswered};
use crate::dashboard::panel_types;
use crate::grafana::Grafana;
use crate::plan::Desired;

/// How many dashboards are read at the same time.
const IN_FLIGHT: usize = 8;

/// A dashboard with its inputs answered for the target.
#[derive(Debug)]
pub(super) struct Prepared {
    pub gathered: Gathered,
    pub desired: Desired,
}

/// Answers the inputs of all dashboards. Gives also what a person should know.
pub(super) fn prepare(
    import: &Import<'_>,
    gathered: Vec<Gathered>,
    surroundings: &Surroundings,
) -> Result<(Batch, Vec<String>), Error> {
    let mut prepared = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut notes = unknown_inputs(import, &gathered);
    for mut one in gathered {
        match answer(import, &mut one, surroundings)? {
            Answered::All(answers) => prepared.push(desired(import, one, &answers, surroundings)?),
            Answered::Open(unanswered) => {
                open.extend(
                    unanswered
                        .iter()
                        .map(|unanswered| format!("{}: {unanswered}", one.entry.name)),
                );
            }
        }
    }
    if !open.is_empty() {
        return Err(Error::new(format!(
            "inputs stay open, so nothing was written:\n  {}",
            open.join("\n  ")
        ))
        .hint("answer with --datasource NAME or --input INPUT=VALUE; `dashctl datasource list` shows what there is"));
    }
    notes.extend(plugins(import, &prepared, surroundings)?);
    Ok((prepared, notes))
}

/// An `--input` that no dashboard declares is a slip of the pen.
fn unknown_inputs(import: &Import<'_>, gathered: &[Gathered]) -> Vec<String> {
    let declared: BTreeSet<String> = gathered
        .iter()
        .flat_map(|one| {
            [
                inputs::declared(one.entry.dashboard.content()),
                inputs::undeclared(one.entry.dashboard.content()),
            ]
            .concat()
        })
        .map(|input| input.name)
        .collect();
    let unknown = import
        .options
        .inputs
        .iter()
        .filter(|(name, _)| !declared.contains(name));
    unknown
        .map(|(name, _)| format!("--input {name}: no dashboard has an input of this name"))
        .collect()
}

/// What became of a dashboard's inputs.
enum Answered {
    /// All are answered.
    All(Answers),
    /// These stay open.
    Open(Vec<Unanswered>),
}

fn answer(import: &Import<'_>, one: &mut Gathered, surroundings: &Surroundings) -> Result<Answered, Error> {
    let candidates = surroundings.candidates();
    let mut wishes = wishes(import, one);
    let declared = inputs::asked(one.entry.dashboard.content(), &wishes, &candidates);
    loop {
        let open = match inputs::answer(&declared, &wishes, &candidates) {
            Ok(answers) => return Ok(Answered::All(answers)),
            Err(open) => open,
        };
        // A person can choose between several; everything else is an error that says what there is.
        let question = open.iter().find_map(|unanswered| match &unanswered.reason {
            Reason::Several(names) => Some((unanswered.input.clone(), names.clone())),
            _ => None,
        });
        let Some((input, names)) = question else {
            return Ok(Answered::Open(open));
        };
        let which = format!("{}: which data source for {}", one.entry.name, input.label);
        let Some(chosen) = import.person.choose(&which, &names)? else {
            return Ok(Answered::Open(open));
        };
        wishes.by_input.insert(input.name.clone(), names[chosen].clone());
        one.entry.sidecar.answers.insert(input.name, names[chosen].clone());
    }
}

/// What was said for this dashboard: flags over the sidecar over the target over the repository's default.
fn wishes(import: &Import<'_>, one: &Gathered) -> GivenAnswers {
    let config = import.repository.map(crate::repository::Repository::config);
    let mut wishes = session::wishes(config, import.target, &one.entry);
    wishes.by_input.extend(import.options.inputs.iter().cloned());
    wishes
        .data_sources
        .splice(0..0, import.options.data_sources.iter().cloned());
    wishes
}

fn desired(
    import: &Import<'_>,
    mut one: Gathered,
    answers: &Answers,
    surroundings: &Surroundings,
) -> Result<Prepared, Error> {
    // What a flag decided must hold for the next apply as well.
    if !import.options.data_sources.is_empty() && !one.known {
        for (name, answer) in answers {
            if let Answer::DataSource(source) = answer
                && import
                    .options
                    .data_sources
                    .iter()
                    .any(|wanted| *wanted == source.name || *wanted == source.uid)
            {
                one.entry.sidecar.answers.insert(name.clone(), source.name.clone());
            }
        }
    }
    let open = one.entry.dashboard.clone();
    let dashboard = open.map(|open| inputs::resolve(open, answers, surroundings.reference));
    let folder = if import.repository.is_some() {
        one.entry.name.folder()
    } else {
        import.folder()
    };
    let desired = Desired {
        label: one.entry.name.to_string(),
        uid: one.entry.uid.clone(),
        elements: inputs::elements(one.entry.dashboard.content(), answers, surroundings.reference),
        dashboard,
        folder,
        pulled: None,
        folder_uids: Vec::new(),
        ignore: session::ignore_rules(import.repository.map(crate::repository::Repository::config), &one.entry)?,
    };
    Ok(Prepared { gathered: one, desired })
}

/// Refuses what the target can't store, before anything is written.
pub(super) async fn check_forms(grafana: &Grafana, prepared: &[Prepared]) -> Result<(), Error> {
    let mut refused = Vec::new();
    for one in prepared {
        let why = grafana.refuses_form(&one.desired.dashboard).await?;
        refused.extend(why.map(|why| format!("{}: {why}", one.desired.label)));
    }
    match refused.is_empty() {
        true => Ok(()),
        false => Err(Error::new(format!("nothing was written:\n  {}", refused.join("\n  ")))
            .hint("export it as classic JSON, or import it into a newer Grafana")),
    }
}

/// Panels whose plugin the target lacks show an error there: said before the save, or refused.
fn plugins(import: &Import<'_>, prepared: &[Prepared], surroundings: &Surroundings) -> Result<Vec<String>, Error> {
    let mut missing = Vec::new();
    for one in prepared {
        let words = in_classic_words(one.desired.dashboard.content());
        let types = panel_types(&words);
        for kind in surroundings.missing_plugins(types.keys().copied()) {
            let panels = types.get(kind).map_or(0, Vec::len);
            missing.push(format!(
                "{}: the target lacks the panel plugin {kind}, which {} {}",
                one.desired.label,
                super::count(panels, "panel"),
                if panels == 1 { "needs" } else { "need" }
            ));
        }
    }
    if import.options.require_plugins && !missing.is_empty() {
        return Err(Error::new(format!("nothing was written:\n  {}", missing.join("\n  ")))
            .hint("install the plugins, or leave out --require-plugins"));
    }
    Ok(missing)
}

/// A title that Grafana (before 12) wouldn't take is known before anything is written.
pub(super) async fn check_titles(
    grafana: &Grafana,
    prepared: &[Prepared],
    observed: &[Observed],
    folders: &mut FolderMaker<'_>,
) -> Result<(), Error> {
    let both = prepared.iter().zip(observed);
    let new: Vec<&Prepared> = both
        .filter(|(_, there)| there.live.is_none())
        .map(|(one, _)| one)
        .collect();
    let claims: Vec<Claim> = new.iter().map(|one| Claim::from(&one.desired)).collect();
    let taken = taken_titles(grafana, &claims, folders).await?;
    let clashing: Vec<(&Prepared, String)> = new
        .into_iter()
        .zip(taken)
        .filter_map(|(one, why)| Some((one, why?)))
        .collect();
    if clashing.is_empty() {
        return Ok(());
    }
    let lines: Vec<String> = clashing
        .iter()
        .map(|(one, why)| format!("{}: {why}", one.desired.label))
        .collect();
    let hint = match clashing.iter().find(|(one, _)| one.gathered.known) {
        Some((one, _)) => format!(
            "its files are in the repository: say `title:` in dashboards/{}.yaml",
            one.desired.label
        ),
        None => "import it by itself under another title (--title 'Another title'), or into another folder (--folder)"
            .to_owned(),
    };
    Err(Error::new(format!("nothing was written:\n  {}", lines.join("\n  "))).hint(hint))
}

/// What dashboards refer to and the target lacks: panels would show an error there. Said before the save, or refused.
pub(super) async fn references(
    import: &Import<'_>,
    grafana: &Grafana,
    prepared: &[Prepared],
    candidates: &[Candidate],
    coming: &BTreeSet<String>,
) -> Result<Vec<String>, Error> {
    let mut missing = MissingReferences::new(grafana, candidates, coming);
    for one in prepared {
        missing.look_at((&one.desired).into()).await?;
    }
    let missing = missing.in_words();
    if import.options.strict && !missing.is_empty() {
        return Err(Error::new(format!("nothing was written:\n  {}", missing.join("\n  ")))
            .hint("answer placeholders with --input NAME=DATASOURCE or --datasource NAME, or leave out --strict"));
    }
    Ok(missing)
}

/// Reads what the target has of all dashboards, some at a time.
pub(super) async fn observe_all(
    import: &Import<'_>,
    grafana: &Grafana,
    prepared: &[Prepared],
    folders: &mut FolderMaker<'_>,
    context: &Context,
) -> Result<Vec<Observed>, Error> {
    for one in prepared {
        folders.find(&one.desired.folder).await?;
        folders.check(&one.desired.folder).await?;
    }
    let folders = &*folders;
    let repository = import.repository_id();
    stream::iter(prepared)
        .map(|one| async move {
            let folder_of =
                |live: &crate::grafana::LiveDashboard| folders.path_of(&live.folder_uid, &live.folder_title);
            let live = grafana.dashboard(one.desired.uid.as_str()).await?;
            let asking = Asking {
                repository,
                trusts_notes: true,
            };
            observe(grafana, &one.desired, live, asking, folder_of, context).await
        })
        .buffered(IN_FLIGHT)
        .map_err(Error::from)
        .try_collect()
        .await
}
