use std::collections::BTreeSet;

use futures::{StreamExt, TryStreamExt, stream};
use serde_json::{Value, json};

use super::{Chart, Error, Release};

/// How many renderings run at a time.
const AT_A_TIME: usize = 4;

/// Values that change nothing: misspelt, or renamed in a newer chart. Helm accepts them in silence.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DeadKeys {
    /// As `--set` would name them, such as `alertmanager.persistentVolume.storageClass`.
    pub keys: Vec<String>,
}

/// Where a leaf is, from the root: names of maps' keys. A list is a leaf: its items replace the chart's as a whole.
type Path = Vec<String>;

impl Release {
    /// The keys of `values` that the chart doesn't read.
    ///
    /// A key is alive if the manifests change when it is left out, or, as it may say just what the chart says anyway,
    /// when it says something else; a chart that then refuses to render has read it as well.
    ///
    /// # Errors
    ///
    /// The chart doesn't render with the values as they are, or not the same twice.
    pub async fn dead_keys(&self, chart: &Chart, values: &Value, kubernetes: Option<&str>) -> Result<DeadKeys, Error> {
        let steady = Steady::of(
            &self.render(chart, values, kubernetes).await?,
            &self.render(chart, values, kubernetes).await?,
        )
        .ok_or_else(|| Error::Unsteady {
            chart: chart.reference.clone(),
        })?;
        let changes = |changed: Value| {
            let steady = &steady;
            async move {
                match self.render(chart, &changed, kubernetes).await {
                    Ok(rendered) => Ok(steady.differs(&rendered)),
                    Err(Error::Failed { .. }) => Ok(true),
                    Err(error) => Err(error),
                }
            }
        };
        // Values that say nothing are one leaf without a name.
        let paths = leaves(values).into_iter().filter(|path| !path.is_empty());
        let looked_at = stream::iter(paths).map(|path| {
            let changes = &changes;
            async move {
                let alive = changes(without(values, &path)).await? || changes(otherwise(values, &path)).await?;
                Ok::<_, Error>((!alive).then(|| name(&path)))
            }
        });
        let dead: Vec<_> = looked_at.buffered(AT_A_TIME).try_collect().await?;
        Ok(DeadKeys {
            keys: dead.into_iter().flatten().collect(),
        })
    }
}

/// The lines of a rendering that are the same each time: not a generated password, nor its checksum.
struct Steady {
    lines: Vec<String>,
    random: BTreeSet<usize>,
}

impl Steady {
    fn of(one: &str, other: &str) -> Option<Self> {
        let lines: Vec<_> = one.lines().map(str::to_owned).collect();
        let others: Vec<_> = other.lines().collect();
        let random = (0..lines.len()).filter(|&line| others.get(line) != Some(&lines[line].as_str()));
        let random = random.collect();
        (lines.len() == others.len()).then_some(Self { lines, random })
    }

    fn differs(&self, rendered: &str) -> bool {
        let rendered: Vec<_> = rendered.lines().collect();
        let same = |(index, line): (usize, &String)| self.random.contains(&index) || rendered[index] == line;
        rendered.len() != self.lines.len() || !self.lines.iter().enumerate().all(same)
    }
}

fn leaves(values: &Value) -> Vec<Path> {
    match values {
        Value::Object(map) if !map.is_empty() => {
            let below = map.iter().flat_map(|(key, value)| {
                leaves(value).into_iter().map(move |mut path| {
                    path.insert(0, key.clone());
                    path
                })
            });
            below.collect()
        }
        _ => vec![Path::new()],
    }
}

fn without(values: &Value, path: &Path) -> Value {
    change(values, path, &|_| None)
}

/// The values with another one of the same type at the path.
fn otherwise(values: &Value, path: &Path) -> Value {
    change(values, path, &|value| {
        Some(match value {
            Value::Bool(truth) => json!(!truth),
            Value::Number(number) => json!(number.as_f64().map_or(1, |number| number as i64 + 1)),
            Value::String(text) => json!(format!("{text}x")),
            Value::Array(items) if items.is_empty() => json!(["dashctl"]),
            Value::Array(items) => json!(items.iter().chain(items.first()).collect::<Vec<_>>()),
            Value::Object(_) => json!({"dashctl": "dashctl"}),
            Value::Null => json!("dashctl"),
        })
    })
}

fn change(values: &Value, path: &[String], to: &dyn Fn(&Value) -> Option<Value>) -> Value {
    let (Value::Object(map), Some((first, rest))) = (values, path.split_first()) else {
        return to(values).unwrap_or_else(|| json!({}));
    };
    let changed = map.iter().filter_map(|(key, value)| {
        let value = match (key == first, rest.is_empty()) {
            (false, _) => value.clone(),
            (true, true) => to(value)?,
            (true, false) => change(value, rest, to),
        };
        Some((key.clone(), value))
    });
    Value::Object(changed.collect())
}

/// A dot within a key is written as `--set` wants it.
fn name(path: &Path) -> String {
    let keys: Vec<_> = path.iter().map(|key| key.replace('.', "\\.")).collect();
    keys.join(".")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_leaf_is_left_out_or_changed_and_nothing_else() {
        let values = json!({"a": {"b.c": 1, "d": [1]}, "e": true});
        let names: Vec<_> = leaves(&values).iter().map(name).collect();
        assert_eq!(names, ["a.b\\.c", "a.d", "e"]);
        let path = &leaves(&values)[0];
        assert_eq!(without(&values, path), json!({"a": {"d": [1]}, "e": true}));
        assert_eq!(otherwise(&values, path), json!({"a": {"b.c": 2, "d": [1]}, "e": true}));
    }

    #[test]
    fn what_is_random_makes_no_key_alive() {
        let steady = Steady::of("a: 1\npassword: x\n", "a: 1\npassword: y\n").unwrap();
        assert!(!steady.differs("a: 1\npassword: z\n"));
        assert!(steady.differs("a: 2\npassword: z\n"));
        assert!(steady.differs("a: 1\npassword: z\nb: 2\n"));
        assert!(Steady::of("a\n", "a\nb\n").is_none());
    }
}
