//! What differs between two dashboards, and what is only noise?
use serde_json::Value;
#[derive(Debug, Clone, Default)]
pub struct Context {
    pub data_sources: Option<Vec<DataSource>>,
}
#[derive(Debug, Clone)]
pub struct DataSource {
    pub name: String,
    pub uid: String,
    pub kind: String,
    pub is_default: bool,
}
#[derive(Debug, Clone, Default)]
pub struct Comparison {
    pub changes: Vec<()>,
    pub noise: Vec<()>,
    pub undecidable: Vec<()>,
}
impl Comparison {
    pub fn is_same(&self) -> bool {
        self.changes.is_empty() && self.undecidable.is_empty()
    }
    pub fn differences(&self) -> usize {
        self.changes.len()
    }
}
pub fn compare(before: &Value, after: &Value, _context: &Context) -> Comparison {
    let strip = |v: &Value| {
        let mut v = super::sort_keys(v);
        if let Some(o) = v.as_object_mut() {
            for k in ["id", "uid", "version", "__inputs", "__requires", "__elements"] {
                o.remove(k);
            }
        }
        v
    };
    Comparison {
        changes: if strip(before) == strip(after) {
            vec![]
        } else {
            vec![()]
        },
        ..Default::default()
    }
}
