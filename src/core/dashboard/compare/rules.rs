//! The one table of everything that a comparison suppresses.
//!
//! A rule says why nobody made a difference, where that is known from, and shows two examples: a pair that it must swallow,
//! and one right beside it that it must not. A test runs them all.

/// Why a difference is noise.
#[derive(Debug)]
pub struct Rule {
    /// Its name in output and in tests.
    pub id: &'static str,
    /// What it says, for people.
    pub says: &'static str,
    /// Where that is known from: Grafana's source, or what real Grafanas were seen to do.
    pub source: &'static str,
    /// A pair without an edit; the rule explains a difference in it.
    pub swallows: Example,
    /// A pair right beside it that has an edit.
    pub keeps: Example,
}

/// A pair of dashboards, or of parts of them, as JSON text.
#[derive(Debug)]
pub struct Example {
    frame: Frame,
    schemas: [u8; 2],
    before: &'static str,
    after: &'static str,
}

#[derive(Debug, Clone, Copy)]
enum Frame {
    File,
    Panel,
    Variable,
}

impl Example {
    /// Both dashboards, as JSON text.
    pub fn dashboards(&self) -> [String; 2] {
        let wrap = |text: &str, schema: u8| match self.frame {
            Frame::File => text.to_owned(),
            Frame::Panel => format!("{{\"schemaVersion\":{schema},\"panels\":[{text}]}}"),
            Frame::Variable => format!("{{\"schemaVersion\":{schema},\"templating\":{{\"list\":[{text}]}}}}"),
        };
        [wrap(self.before, self.schemas[0]), wrap(self.after, self.schemas[1])]
    }
}

const fn file(before: &'static str, after: &'static str) -> Example {
    Example {
        frame: Frame::File,
        schemas: [0, 0],
        before,
        after,
    }
}

const fn panel(schemas: [u8; 2], before: &'static str, after: &'static str) -> Example {
    Example {
        frame: Frame::Panel,
        schemas,
        before,
        after,
    }
}

const fn variable(schemas: [u8; 2], before: &'static str, after: &'static str) -> Example {
    Example {
        frame: Frame::Variable,
        schemas,
        before,
        after,
    }
}

macro_rules! rules {
    ($($name:ident { $id:literal, $says:literal, $source:literal, $swallows:expr, $keeps:expr $(,)? })*) => {
        $(pub(super) static $name: Rule = Rule { id: $id, says: $says, source: $source, swallows: $swallows, keeps: $keeps };)*
        /// Every rule.
        pub static RULES: &[&Rule] = &[$(&$name),*];
    };
}

rules! {
    NULL_ABSENT { "null-absent", "a key without a value is like no key", "grafana/grafana frontend_defaults.go (removeNullValuesRecursively); 700 in saves of 9.4",
        file(r#"{"title":"A","gnetId":1,"description":null}"#, r#"{"title":"A","gnetId":1}"#),
        file(r#"{"title":"A","description":""}"#, r#"{"title":"A"}"#) }
    NUMBER_FORM { "number-form", "the same number in another spelling", "RFC 8259; Grafana reads all numbers as 64-bit floats",
        panel([37, 37], r#"{"id":1,"type":"x","a":1}"#, r#"{"id":1,"type":"x","a":1.0}"#),
        panel([37, 37], r#"{"id":1,"type":"x","a":1}"#, r#"{"id":1,"type":"x","a":1.1}"#) }
    SERVER_MANAGED { "server-managed", "id, uid and version belong to the server", "grafana-http-api 8.1",
        file(r#"{"title":"A","id":1,"uid":"a","version":1}"#, r#"{"title":"A","id":2,"uid":"b","version":7}"#),
        file(r#"{"title":"A","id":1}"#, r#"{"title":"B","id":2}"#) }
    SCHEMA_VERSION { "schema-version", "the server's schema version, also downwards", "saves of 9.4: 39 becomes 37",
        file(r#"{"schemaVersion":39}"#, r#"{"schemaVersion":37}"#),
        file(r#"{"schemaVersion":39,"timezone":"utc"}"#, r#"{"schemaVersion":37}"#) }
    IMPORT_BOOKKEEPING { "import-bookkeeping", "gnetId and revision say where a dashboard came from", "grafana-http-api 8.1; saves of 9.4 add revision 1",
        file(r#"{"gnetId":6417}"#, r#"{"gnetId":null,"revision":1}"#),
        file(r#"{"gnetId":6417,"tags":["a"]}"#, r#"{"tags":["b"]}"#) }
    ITERATION { "iteration", "a counter of the old UI's saves", "grafana-http-api 8.1",
        file(r#"{"iteration":1528328092190}"#, r#"{"iteration":1795339595113}"#),
        file(r#"{"iteration":1528328092190,"x":1}"#, r#"{"x":2}"#) }
    DOWNLOAD_PARTS { "download-parts", "inputs, requirements and elements belong to the download", "migration pairs: gone in 6 of 6",
        file(r#"{"__inputs":[{"name":"DS_P"}],"__requires":[],"__elements":{}}"#, r#"{}"#),
        file(r#"{"__inputs":[],"title":"A"}"#, r#"{"title":"B"}"#) }
    DASHBOARD_DEFAULT { "dashboard-default", "Grafana's own default, written or left out", "grafana/grafana DashboardModel.ts, frontend_defaults.go",
        file(r#"{"title":"A","style":"dark"}"#, r#"{"title":"A","liveNow":false,"weekStart":"","fiscalYearStartMonth":0}"#),
        file(r#"{"title":"A"}"#, r#"{"title":"A","weekStart":"monday"}"#) }
    REFRESH_OFF { "refresh-off", "three ways to say that nothing refreshes", "grafana/grafana v40.go",
        file(r#"{"refresh":false}"#, r#"{"refresh":""}"#),
        file(r#"{"refresh":false}"#, r#"{"refresh":"5s"}"#) }
    TIME_OPTIONS { "time-options", "step 41 drops the time picker's options, which nothing reads", "grafana/grafana v41.go",
        file(r#"{"schemaVersion":16,"timepicker":{"time_options":["5m"]}}"#, r#"{"schemaVersion":42,"timepicker":{}}"#),
        file(r#"{"schemaVersion":16,"timepicker":{"time_options":["5m"]}}"#, r#"{"schemaVersion":42,"timepicker":{"time_options":["6m"]}}"#) }
    NAV { "nav", "step 7 makes the time picker of the first entry of the navigation", "grafana/grafana DashboardMigrator.ts, v7.go; saves of 11.1",
        file(r#"{"schemaVersion":6,"nav":[{"type":"timepicker","refresh_intervals":["5s"]}]}"#, r#"{"schemaVersion":39,"timepicker":{"type":"timepicker","refresh_intervals":["5s"]}}"#),
        file(r#"{"schemaVersion":6,"nav":[{"type":"timepicker","refresh_intervals":["5s"]}]}"#, r#"{"schemaVersion":39,"timepicker":{"type":"timepicker","refresh_intervals":["6s"]}}"#) }
    SHARED_CROSSHAIR { "shared-crosshair", "step 14 renames it", "grafana/grafana DashboardMigrator.ts",
        file(r#"{"schemaVersion":12,"sharedCrosshair":true}"#, r#"{"schemaVersion":37,"graphTooltip":1}"#),
        file(r#"{"schemaVersion":12,"sharedCrosshair":true}"#, r#"{"schemaVersion":37,"graphTooltip":0}"#) }
    BUILT_IN_ANNOTATION { "built-in-annotation", "inserted into every dashboard that has none", "grafana/grafana frontend_defaults.go (addBuiltInAnnotationQuery)",
        file(r#"{"annotations":{"list":[]}}"#, r#"{"annotations":{"list":[{"builtIn":1,"datasource":"-- Grafana --","enable":true,"hide":true,"iconColor":"rgba(0, 211, 255, 1)","name":"Annotations & Alerts","type":"dashboard"}]}}"#),
        file(r#"{"annotations":{"list":[]}}"#, r#"{"annotations":{"list":[{"builtIn":1,"datasource":"-- Grafana --","enable":false,"hide":true,"iconColor":"rgba(0, 211, 255, 1)","name":"Annotations & Alerts","type":"dashboard"}]}}"#) }
    ANNOTATION_DEFAULT { "annotation-default", "what the browser adds to an annotation", "saves of 9.4",
        file(r#"{"annotations":{"list":[{"name":"A","enable":true}]}}"#, r#"{"annotations":{"list":[{"name":"A","enable":true,"target":{"limit":100,"matchAny":false,"tags":[],"type":"dashboard"}}]}}"#),
        file(r#"{"annotations":{"list":[{"name":"A","enable":true}]}}"#, r#"{"annotations":{"list":[{"name":"A","enable":true,"target":{"limit":50,"matchAny":false,"tags":[],"type":"dashboard"}}]}}"#) }

    DATASOURCE_GRAFANA { "datasource-grafana", "the built-in data source has several names", "grafana/grafana datasource_srv.ts; migration pairs and saves: four forms",
        panel([16, 37], r#"{"id":1,"type":"x","datasource":"-- Grafana --"}"#, r#"{"id":1,"type":"x","datasource":{"type":"datasource","uid":"grafana"}}"#),
        panel([16, 37], r#"{"id":1,"type":"x","datasource":"-- Grafana --"}"#, r#"{"id":1,"type":"x","datasource":{"type":"datasource","uid":"-- Mixed --"}}"#) }
    DATASOURCE_DEFAULT_FORM { "datasource-default-form", "nothing, \"default\", an empty text and an empty object all mean the default", "grafana/grafana DashboardMigrator.ts (migrateDatasourceNameToRef)",
        panel([16, 37], r#"{"id":1,"type":"x","datasource":"default"}"#, r#"{"id":1,"type":"x"}"#),
        panel([16, 37], r#"{"id":1,"type":"x","datasource":"defaults"}"#, r#"{"id":1,"type":"x"}"#) }
    DATASOURCE_NAME { "datasource-name", "a name or variable that the server doesn't know becomes a uid as it is", "grafana/grafana v33.go; migration pairs",
        panel([16, 42], r#"{"id":1,"type":"x","datasource":"$ds"}"#, r#"{"id":1,"type":"x","datasource":{"uid":"$ds"}}"#),
        panel([16, 42], r#"{"id":1,"type":"x","datasource":"$ds"}"#, r#"{"id":1,"type":"x","datasource":{"uid":"$other"}}"#) }
    DATASOURCE_TYPE { "datasource-type", "a type is added to a reference that has none", "grafana-http-api 8.1",
        panel([37, 37], r#"{"id":1,"type":"x","datasource":{"uid":"a"}}"#, r#"{"id":1,"type":"x","datasource":{"type":"prometheus","uid":"a"}}"#),
        panel([37, 37], r#"{"id":1,"type":"x","datasource":{"type":"loki","uid":"a"}}"#, r#"{"id":1,"type":"x","datasource":{"type":"prometheus","uid":"a"}}"#) }
    DATASOURCE_LIST { "datasource-list", "two forms of the same known data source", "GET /api/datasources; a unit test of datasource.rs shows it, since examples have no list",
        panel([37, 37], r#"{"id":1,"type":"x","datasource":{"uid":"a"}}"#, r#"{"id":1,"type":"x","datasource":{"type":"prometheus","uid":"a"}}"#),
        panel([37, 37], r#"{"id":1,"type":"x","datasource":{"uid":"a"}}"#, r#"{"id":1,"type":"x","datasource":{"uid":"b"}}"#) }
    DATASOURCE_ASSIGNED { "datasource-assigned", "one assignment of an old name, placeholder or default explains the whole file", "grafana/grafana v33.go, v36.go; imports answer placeholders",
        file(r#"{"schemaVersion":16,"panels":[{"id":1,"type":"x","datasource":"P"},{"id":2,"type":"x","datasource":"P"}]}"#, r#"{"schemaVersion":37,"panels":[{"id":1,"type":"x","datasource":{"uid":"a"}},{"id":2,"type":"x","datasource":{"uid":"a"}}]}"#),
        file(r#"{"schemaVersion":16,"panels":[{"id":1,"type":"x","datasource":"P"},{"id":2,"type":"x","datasource":"P"}]}"#, r#"{"schemaVersion":37,"panels":[{"id":1,"type":"x","datasource":{"uid":"a"}},{"id":2,"type":"x","datasource":{"uid":"b"}}]}"#) }
    TARGET_DATASOURCE { "target-datasource", "a query without a data source has its panel's", "grafana/grafana v36.go; 112 in migration pairs",
        panel([37, 37], r#"{"id":1,"type":"x","datasource":{"uid":"a"},"targets":[{"refId":"A"}],"t":1}"#, r#"{"id":1,"type":"x","datasource":{"uid":"a"},"targets":[{"refId":"A","datasource":{"uid":"a"}}],"t":1}"#),
        panel([37, 37], r#"{"id":1,"type":"x","datasource":{"uid":"a"},"targets":[{"refId":"A"}],"t":1}"#, r#"{"id":1,"type":"x","datasource":{"uid":"a"},"targets":[{"refId":"A","datasource":{"uid":"b"}}],"t":1}"#) }

    PANEL_SOURCE { "panel-source", "v2 has no data source of a panel, only of its queries; where the panel has one, its queries are asked there", "grafana/grafana v1_to_v2alpha1.go, transformSceneToSaveModelSchemaV2.ts (getVizPanelQueries) of 13.1",
        panel([42, 42], r#"{"id":1,"type":"x","datasource":{"uid":"a"},"targets":[{"refId":"A","datasource":{"uid":"b"}}]}"#, r#"{"id":1,"type":"x","datasource":{"uid":"a"},"targets":[{"refId":"A","datasource":{"uid":"a"}}]}"#),
        panel([42, 42], r#"{"id":1,"type":"x","datasource":{"uid":"a"},"targets":[{"refId":"A","datasource":{"uid":"b"}}]}"#, r#"{"id":1,"type":"x","datasource":{"uid":"a"},"targets":[{"refId":"A","datasource":{"uid":"c"}}]}"#) }
    PANEL_DEFAULT { "panel-default", "a panel's default, written or left out", "grafana/grafana PanelModel.ts (defaults, getSaveModel)",
        panel([37, 37], r#"{"id":1,"type":"x","links":[],"transparent":false}"#, r#"{"id":1,"type":"x"}"#),
        panel([37, 37], r#"{"id":1,"type":"x","transparent":true}"#, r#"{"id":1,"type":"x"}"#) }
    PLUGIN_DEFAULT { "plugin-default", "the plugin's default, written or left out", "each plugin's module.ts; saves of 7.5 and 9.4",
        panel([37, 37], r#"{"id":1,"type":"graph"}"#, r#"{"id":1,"type":"graph","fillGradient":0}"#),
        panel([37, 37], r#"{"id":1,"type":"graph"}"#, r#"{"id":1,"type":"graph","fillGradient":7}"#) }
    PLUGIN_VERSION { "plugin-version", "the version of whoever saved last", "grafana-http-api 8.1",
        panel([37, 37], r#"{"id":1,"type":"stat","pluginVersion":"7.0.3"}"#, r#"{"id":1,"type":"stat","pluginVersion":"9.4.0"}"#),
        panel([37, 37], r#"{"id":1,"type":"stat","pluginVersion":"7.0.3","description":"a"}"#, r#"{"id":1,"type":"stat","pluginVersion":"9.4.0"}"#) }
    NO_TARGETS { "no-targets", "a panel without queries is given one that asks nothing", "grafana/grafana PanelModel.ts (defaults); 25 in migration pairs",
        panel([16, 42], r#"{"id":1,"type":"text"}"#, r#"{"id":1,"type":"text","datasource":{"uid":"d"},"targets":[{"refId":"A","datasource":{"uid":"d"}}]}"#),
        panel([16, 42], r#"{"id":1,"type":"text"}"#, r#"{"id":1,"type":"text","targets":[{"refId":"A","expr":"up"}]}"#) }
    NOT_PERSISTED { "not-persisted", "what the UI keeps in memory, saved by accident", "grafana/grafana frontend_defaults.go (notPersistedProps)",
        panel([16, 42], r#"{"id":1,"type":"x","isNew":true}"#, r#"{"id":1,"type":"x"}"#),
        panel([16, 37], r#"{"id":1,"type":"x","isOld":true}"#, r#"{"id":1,"type":"x"}"#) }
    ALERT_THRESHOLDS { "alert-thresholds", "a graph draws the limits of its alert as thresholds", "grafana/grafana ThresholdMapper.ts (alertToGraphThresholds) of 7.5 to 9.4",
        panel([26, 27], r#"{"id":1,"type":"graph","options":{"alertThreshold":true},"alert":{"conditions":[{"type":"query","evaluator":{"type":"gt","params":[7]},"reducer":{"type":"avg"}}]},"thresholds":[{"value":7,"op":"gt","fill":true,"line":true,"colorMode":"critical"}]}"#,
            r#"{"id":1,"type":"graph","options":{"alertThreshold":true},"alert":{"conditions":[{"type":"query","evaluator":{"type":"gt","params":[7]},"reducer":{"type":"avg"}}]},"thresholds":[{"value":7,"op":"gt","fill":true,"line":true,"colorMode":"critical","visible":true}]}"#),
        panel([26, 27], r#"{"id":1,"type":"graph","options":{"alertThreshold":true},"alert":{"conditions":[{"type":"query","evaluator":{"type":"gt","params":[7]},"reducer":{"type":"avg"}}]},"thresholds":[{"value":7,"op":"gt","fill":true,"line":true,"colorMode":"critical"}]}"#,
            r#"{"id":1,"type":"graph","options":{"alertThreshold":true},"alert":{"conditions":[{"type":"query","evaluator":{"type":"gt","params":[7]},"reducer":{"type":"avg"}}]},"thresholds":[{"value":8,"op":"gt","fill":true,"line":true,"colorMode":"critical","visible":true}]}"#) }
    REPEATS { "repeats", "copies that a repeated panel left are made anew at every load", "grafana/grafana DashboardMigrator.ts (removeRepeatedPanels)",
        file(r#"{"panels":[{"id":1,"type":"x","repeat":"v"},{"id":2,"type":"x","repeatPanelId":1}]}"#, r#"{"panels":[{"id":1,"type":"x","repeat":"v"}]}"#),
        file(r#"{"panels":[{"id":1,"type":"x","repeat":"v"},{"id":2,"type":"x"}]}"#, r#"{"panels":[{"id":1,"type":"x","repeat":"v"}]}"#) }
    PANEL_ORDER { "panel-order", "the browser sorts panels by position", "grafana/grafana DashboardModel.ts (sortPanelsByGridPos)",
        file(r#"{"panels":[{"id":1,"gridPos":{"x":0,"y":9}},{"id":2,"gridPos":{"x":0,"y":0}}]}"#, r#"{"panels":[{"id":2,"gridPos":{"x":0,"y":0}},{"id":1,"gridPos":{"x":0,"y":9}}]}"#),
        file(r#"{"panels":[{"id":1,"gridPos":{"x":0,"y":0}},{"id":2,"gridPos":{"x":0,"y":0}}]}"#, r#"{"panels":[{"id":2,"gridPos":{"x":0,"y":0}},{"id":1,"gridPos":{"x":0,"y":0}}]}"#) }
    PANEL_ID { "panel-id", "a panel whose id is taken or missing is given a new one", "grafana/grafana DashboardModel.ts (ensurePanelsHaveUniqueIds)",
        file(r#"{"panels":[{"id":1,"title":"A","type":"x"},{"id":1,"title":"B","type":"x"}]}"#, r#"{"panels":[{"id":1,"title":"A","type":"x"},{"id":2,"title":"B","type":"x"}]}"#),
        file(r#"{"panels":[{"id":1,"title":"A","type":"x"},{"id":3,"title":"B","type":"x"}]}"#, r#"{"panels":[{"id":1,"title":"A","type":"x"},{"id":2,"title":"B","type":"x"}]}"#) }
    ROWS_TO_GRID { "rows-to-grid", "step 16 lays rows of panels out on a grid", "grafana/grafana DashboardMigrator.ts (upgradeToGridLayout), v16.go; react-grid-layout utils.js",
        file(r#"{"schemaVersion":14,"rows":[{"height":227,"panels":[{"id":3,"span":9,"type":"x"},{"id":8,"span":2.9959,"type":"x"}]}]}"#, r#"{"schemaVersion":37,"panels":[{"id":3,"type":"x","gridPos":{"h":6,"w":18,"x":0,"y":0}},{"id":8,"type":"x","gridPos":{"h":6,"w":4,"x":18,"y":0}}]}"#),
        file(r#"{"schemaVersion":14,"rows":[{"height":227,"panels":[{"id":3,"span":9,"type":"x"},{"id":8,"span":2.9959,"type":"x"}]}]}"#, r#"{"schemaVersion":37,"panels":[{"id":3,"type":"x","gridPos":{"h":6,"w":18,"x":0,"y":0}},{"id":8,"type":"x","gridPos":{"h":6,"w":6,"x":18,"y":0}}]}"#) }
    GRID_SETTLES { "grid-settles", "the browser moves up what floats and down what overlaps when it opens the page", "react-grid-layout utils.js (compact, correctBounds); grafana/grafana DashboardGrid.tsx",
        file(r#"{"panels":[{"id":1,"type":"x","gridPos":{"x":0,"y":0,"w":24,"h":4}},{"id":2,"type":"x","gridPos":{"x":0,"y":9,"w":24,"h":4}}]}"#, r#"{"panels":[{"id":1,"type":"x","gridPos":{"x":0,"y":0,"w":24,"h":4}},{"id":2,"type":"x","gridPos":{"x":0,"y":4,"w":24,"h":4}}]}"#),
        file(r#"{"panels":[{"id":1,"type":"x","gridPos":{"x":0,"y":0,"w":24,"h":4}},{"id":2,"type":"x","gridPos":{"x":0,"y":9,"w":24,"h":4}}]}"#, r#"{"panels":[{"id":1,"type":"x","gridPos":{"x":0,"y":0,"w":24,"h":4}},{"id":2,"type":"x","gridPos":{"x":0,"y":5,"w":24,"h":4}}]}"#) }
    ROW_LINE { "row-line", "a row is as wide as the page and one line high, whatever its file says", "grafana/grafana DashboardGrid.tsx (buildLayout) of 7.5 to 11.1, SceneGridRow of 12.4, v2alpha1_to_v1.go of 13.1",
        file(r#"{"panels":[{"id":1,"type":"row","gridPos":{"x":0,"y":0,"w":0,"h":1}}]}"#, r#"{"panels":[{"id":1,"type":"row","gridPos":{"x":0,"y":0,"w":24,"h":1}}]}"#),
        file(r#"{"panels":[{"id":1,"type":"row","gridPos":{"x":0,"y":0,"w":24,"h":1}}]}"#, r#"{"panels":[{"id":1,"type":"row","gridPos":{"x":0,"y":0,"w":12,"h":1}}]}"#) }
    WHOLE_PLACE { "whole-place", "the conversion to v2 knows whole places only", "grafana/grafana v1_to_v2alpha1.go of 13.1 (getIntField)",
        panel([36, 42], r#"{"id":1,"type":"timeseries","pluginVersion":"9.0.0","gridPos":{"x":0,"y":22.2,"w":8,"h":4}}"#, r#"{"id":1,"type":"timeseries","pluginVersion":"13.1.0","gridPos":{"x":0,"y":22,"w":8,"h":4}}"#),
        panel([36, 42], r#"{"id":1,"type":"timeseries","pluginVersion":"9.0.0","gridPos":{"x":0,"y":22.2,"w":8,"h":4}}"#, r#"{"id":1,"type":"timeseries","pluginVersion":"13.1.0","gridPos":{"x":0,"y":23,"w":8,"h":4}}"#) }
    REPEAT_WIDTH { "repeat-width", "a panel that repeats to the right takes the whole line", "grafana/grafana transformSaveModelToScene.ts (buildGridItemForPanel) of 12.4 and 13.1",
        panel([36, 42], r#"{"id":1,"type":"x","repeat":"v","repeatDirection":"h","gridPos":{"x":0,"y":0,"w":8,"h":4}}"#, r#"{"id":1,"type":"x","repeat":"v","repeatDirection":"h","gridPos":{"x":0,"y":0,"w":24,"h":4}}"#),
        panel([36, 42], r#"{"id":1,"type":"x","repeat":"v","repeatDirection":"h","gridPos":{"x":0,"y":0,"w":8,"h":4}}"#, r#"{"id":1,"type":"x","repeat":"v","repeatDirection":"h","gridPos":{"x":0,"y":0,"w":12,"h":4}}"#) }
    ROW_TOGGLE { "row-toggle", "opening or closing a row moves what is below it", "grafana/grafana DashboardModel.ts (toggleRow)",
        file(r#"{"panels":[{"id":1,"type":"row","collapsed":true,"gridPos":{"x":0,"y":0,"w":24,"h":1},"panels":[{"id":2,"type":"x","gridPos":{"x":0,"y":1,"w":9,"h":9}}]},{"id":3,"type":"row","gridPos":{"x":0,"y":1,"w":24,"h":1}}],"x":{"y":1}}"#,
             r#"{"panels":[{"id":1,"type":"row","collapsed":false,"gridPos":{"x":0,"y":0,"w":24,"h":1}},{"id":2,"type":"x","gridPos":{"x":0,"y":1,"w":9,"h":9}},{"id":3,"type":"row","gridPos":{"x":0,"y":10,"w":24,"h":1}}],"x":{"y":1}}"#),
        file(r#"{"panels":[{"id":2,"type":"x","gridPos":{"x":0,"y":1,"w":9,"h":9}}]}"#, r#"{"panels":[{"id":2,"type":"x","gridPos":{"x":0,"y":2,"w":9,"h":9}}]}"#) }

    NOT_IN_SCENE { "not-in-scene", "the dashboard page of Grafana 12 and later doesn't know it, so a save leaves it out", "grafana/grafana dashboard-scene/serialization/transformSceneToSaveModel.ts of 12.4 and 13.1",
        panel([36, 42], r#"{"id":1,"type":"stat","postfix":"!","targets":[{"refId":"A","hide":false}]}"#, r#"{"id":1,"type":"stat","targets":[{"refId":"A"}]}"#),
        panel([36, 42], r#"{"id":1,"type":"stat","postfix":"!","targets":[{"refId":"A","hide":true}]}"#, r#"{"id":1,"type":"stat","targets":[{"refId":"A"}]}"#) }
    OTHER_KIND { "other-kind", "the conversion to v2 keeps a value only if it is of the kind that v2 has for it", "grafana/grafana v1_to_v2alpha1.go of 13.1 (getStringField, getIntField, getBoolField, extractFloat64Field)",
        panel([36, 42], r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"noValue":0,"unit":"s"}},"pluginVersion":"9.0.0"}"#, r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"unit":"s"}},"pluginVersion":"13.1.0"}"#),
        panel([36, 42], r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"noValue":"0","unit":"s"}},"pluginVersion":"9.0.0"}"#, r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"unit":"s"}},"pluginVersion":"13.1.0"}"#) }
    NOT_RENDERED { "not-rendered", "the classic rendering of a dashboard that is stored as v2 leaves it out", "saves of 13.1; grafana/grafana v2alpha1_to_v1.go",
        panel([42, 42], r#"{"id":1,"type":"barchart","pluginVersion":"12.4.0","fieldConfig":{"defaults":{"unit":"s","actions":[{"type":"fetch","title":"A"}]}}}"#, r#"{"id":1,"type":"barchart","pluginVersion":"13.1.0","fieldConfig":{"defaults":{"unit":"s"}}}"#),
        panel([42, 42], r#"{"id":1,"type":"barchart","pluginVersion":"12.3.0","fieldConfig":{"defaults":{"unit":"s","actions":[{"type":"fetch","title":"A"}]}}}"#, r#"{"id":1,"type":"barchart","pluginVersion":"12.4.0","fieldConfig":{"defaults":{"unit":"s"}}}"#) }
    NOT_IN_MODEL { "not-in-model", "no dashboard page since Grafana 5 knows it, so a save leaves it out", "grafana/grafana DashboardModel.ts (constructor); saves of 10.2 and 11.1",
        file(r#"{"schemaVersion":36,"hideControls":true}"#, r#"{"schemaVersion":39}"#),
        file(r#"{"schemaVersion":36,"weekStart":"monday"}"#, r#"{"schemaVersion":39}"#) }
    SCENE_FILLS { "scene-fills", "the dashboard page of Grafana 12 and later writes its default down", "grafana/grafana sceneVariablesSetToVariables.ts, dataLayersToAnnotations.ts of 12.4 and 13.1",
        variable([36, 42], r#"{"name":"v","type":"query","query":"q"}"#, r#"{"name":"v","type":"query","query":"q","regexApplyTo":"value"}"#),
        variable([36, 42], r#"{"name":"v","type":"query","query":"q"}"#, r#"{"name":"v","type":"query","query":"q","regexApplyTo":"text"}"#) }
    NO_INTERVALS { "no-intervals", "an interval variable without choices has Grafana's own", "grafana/grafana dashboard-scene/utils/utils.ts (getIntervalsFromQueryString), features/variables/interval/reducer.ts of 12.4 and 13.1",
        variable([36, 42], r#"{"name":"v","type":"interval","query":""}"#, r#"{"name":"v","type":"interval","query":"1m,10m,30m,1h,6h,12h,1d,7d,14d,30d"}"#),
        variable([36, 42], r#"{"name":"v","type":"interval","query":""}"#, r#"{"name":"v","type":"interval","query":"1m,10m,30m,1h,6h,12h,1d,7d,14d"}"#) }
    INTERVAL_LIST { "interval-list", "the choices of an interval variable are written without the spaces between them", "grafana/grafana dashboard-scene/utils/utils.ts (getIntervalsFromQueryString), sceneVariablesSetToVariables.ts of 12.4",
        variable([36, 42], r#"{"name":"v","type":"interval","query":"1d, 7d"}"#, r#"{"name":"v","type":"interval","query":"1d,7d"}"#),
        variable([36, 42], r#"{"name":"v","type":"interval","query":"1d, 7d"}"#, r#"{"name":"v","type":"interval","query":"7d,1d"}"#) }
    SWITCH_TEXT { "switch-text", "a switch shows no texts; they say its values once more", "grafana/grafana sceneVariablesSetToVariables.ts and v1_to_v2alpha1.go (buildSwitchVariable) of 12.4 and 13.1",
        variable([42, 42], r#"{"name":"v","type":"switch","options":[{"text":"Enabled","value":"on"},{"text":"off","value":"off"}]}"#, r#"{"name":"v","type":"switch","options":[{"text":"on","value":"on"},{"text":"off","value":"off"}]}"#),
        variable([42, 42], r#"{"name":"v","type":"switch","options":[{"text":"on","value":"on"},{"text":"off","value":"off"}]}"#, r#"{"name":"v","type":"switch","options":[{"text":"yes","value":"yes"},{"text":"off","value":"off"}]}"#) }
    V2_SPELLS_OUT { "v2-spells-out", "the conversion to v2 spells out what isn't set, and leaves out what is empty", "grafana/grafana dashboard_spec_gen.go of 13.1 (DashboardThreshold, DashboardThresholdsConfig, DashboardFieldConfig)",
        panel([36, 42], r#"{"id":1,"type":"x","pluginVersion":"9.0.0","fieldConfig":{"defaults":{"thresholds":{"mode":"absolute","steps":[{"color":"red","value":null},{"value":30}]}}}}"#, r#"{"id":1,"type":"x","pluginVersion":"13.1.0","fieldConfig":{"defaults":{"thresholds":{"mode":"absolute","steps":[{"color":"red","value":0},{"color":"","value":30}]}}}}"#),
        panel([36, 42], r#"{"id":1,"type":"x","pluginVersion":"9.0.0","fieldConfig":{"defaults":{"thresholds":{"mode":"absolute","steps":[{"color":"red","value":null},{"value":30}]}}}}"#, r#"{"id":1,"type":"x","pluginVersion":"13.1.0","fieldConfig":{"defaults":{"thresholds":{"mode":"absolute","steps":[{"color":"red","value":0},{"color":"blue","value":30}]}}}}"#) }
    TIME_ZONE { "time-zone", "the browser's time zone is what none means", "grafana/grafana transformSceneToSaveModel.ts (defaultDashboard) of 12.4 and 13.1",
        file(r#"{"schemaVersion":36,"timezone":""}"#, r#"{"schemaVersion":42,"timezone":"browser"}"#),
        file(r#"{"schemaVersion":36,"timezone":""}"#, r#"{"schemaVersion":42,"timezone":"utc"}"#) }
    FIELD_DROPPED { "field-dropped", "the plugin has no such field setting; its loader removes it", "grafana/grafana getPanelOptionsWithDefaults.ts (cleanProperties, filterFieldConfigOverrides)",
        panel([36, 39], r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"unit":"s","custom":{"lineWidth":2}}}}"#, r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"unit":"s"}}}"#),
        panel([36, 39], r#"{"id":1,"type":"timeseries","fieldConfig":{"defaults":{"unit":"s","custom":{"lineWidth":2}}}}"#, r#"{"id":1,"type":"timeseries","fieldConfig":{"defaults":{"unit":"s"}}}"#) }
    RETYPED { "retyped", "another visualization has none of the settings of the one before", "grafana/grafana PanelModel.ts (clearPropertiesBeforePluginChange) of 7.5 to 10.2, PanelOptionsPane.tsx (onChangePanel) of 12.4 and 13.1; getPanelOptionsWithDefaults.ts (adaptFieldColorMode)",
        panel([39, 39], r#"{"id":1,"type":"timeseries","options":{"legend":{"showLegend":false,"calcs":["max"]}},"fieldConfig":{"defaults":{"unit":"s","color":{"mode":"palette-classic"},"custom":{"lineWidth":3}},"overrides":[]}}"#, r#"{"id":1,"type":"stat","options":{"graphMode":"area"},"fieldConfig":{"defaults":{"unit":"s","color":{"mode":"thresholds"}},"overrides":[]}}"#),
        panel([39, 39], r#"{"id":1,"type":"stat","options":{"textMode":"name"},"fieldConfig":{"defaults":{"unit":"s"},"overrides":[]}}"#, r#"{"id":1,"type":"stat","options":{},"fieldConfig":{"defaults":{"unit":"s"},"overrides":[]}}"#) }
    PLUGIN_MISSING { "plugin-missing", "the panel's plugin isn't installed there, so a save loses its field settings", "grafana/grafana getPanelOptionsWithDefaults.ts (cleanProperties); saves of 10.2 to 13.1",
        panel([36, 39], r#"{"id":1,"type":"acme-panel","fieldConfig":{"defaults":{"unit":"s"},"overrides":[]}}"#, r#"{"id":1,"type":"acme-panel","fieldConfig":{"defaults":{},"overrides":[]}}"#),
        panel([36, 39], r#"{"id":1,"type":"acme-panel","fieldConfig":{"defaults":{"unit":"s","min":1},"overrides":[]}}"#, r#"{"id":1,"type":"acme-panel","fieldConfig":{"defaults":{"min":1},"overrides":[]}}"#) }
    THRESHOLD_INDEX { "threshold-index", "thresholds are counted by their order; the number that 6.x noted is dropped", "grafana/grafana SingleStatBaseOptions.ts (migrateOldThresholds); v2's schema has value and color only",
        panel([36, 42], r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"thresholds":{"mode":"absolute","steps":[{"color":"red","index":0}]}}}}"#, r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"thresholds":{"mode":"absolute","steps":[{"color":"red"}]}}}}"#),
        panel([36, 42], r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"thresholds":{"mode":"absolute","steps":[{"color":"red","index":0}]}}}}"#, r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"thresholds":{"mode":"absolute","steps":[{"color":"blue"}]}}}}"#) }
    PALETTE_COLOR { "palette-color", "a fixed colour under a palette is none; the pie chart of Grafana 13 notes the one it drew last", "saves of 13.1; grafana/grafana fieldColor.ts (only the modes fixed and shades read it)",
        panel([42, 42], r#"{"id":1,"type":"piechart","fieldConfig":{"defaults":{"color":{"mode":"palette-classic"}}}}"#, r##"{"id":1,"type":"piechart","fieldConfig":{"defaults":{"color":{"mode":"palette-classic","fixedColor":"#73BF69"}}}}"##),
        panel([42, 42], r#"{"id":1,"type":"piechart","fieldConfig":{"defaults":{"color":{"mode":"fixed"}}}}"#, r##"{"id":1,"type":"piechart","fieldConfig":{"defaults":{"color":{"mode":"fixed","fixedColor":"#73BF69"}}}}"##) }
    FIRST_THRESHOLD { "first-threshold", "the first threshold is minus infinity, however it is written", "grafana/grafana getPanelOptionsWithDefaults.ts (fixThresholds); object.ts (sortedDeepCloneWithoutNulls) writes 0",
        panel([36, 42], r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"thresholds":{"mode":"absolute","steps":[{"color":"red","value":null},{"color":"blue","value":3}]}}}}"#, r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"thresholds":{"mode":"absolute","steps":[{"color":"red","value":0},{"color":"blue","value":3}]}}}}"#),
        panel([36, 42], r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"thresholds":{"mode":"absolute","steps":[{"color":"red","value":null},{"color":"blue","value":3}]}}}}"#, r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"thresholds":{"mode":"absolute","steps":[{"color":"red","value":0},{"color":"blue","value":0}]}}}}"#) }

    ANGULAR_MIGRATION { "angular-migration", "v2 keeps the settings of a plugin that is no more among the options until a browser converts them", "grafana/grafana v1_to_v2alpha1.go of 13.1 (buildVizConfig)",
        panel([16, 42], r#"{"id":1,"type":"graph","fill":2}"#, r#"{"id":1,"type":"timeseries","options":{"__angularMigration":{"autoMigrateFrom":"graph","originalOptions":{"fill":2}}}}"#),
        panel([16, 42], r#"{"id":1,"type":"graph","fill":2}"#, r#"{"id":1,"type":"timeseries","options":{"__angularMigration":{"autoMigrateFrom":"graph","originalOptions":{"fill":3}}}}"#) }
    AUTO_MIGRATE { "auto-migrate", "the server renames a panel and notes what it was", "grafana/grafana frontend_defaults.go (applyPanelAutoMigration)",
        panel([16, 42], r#"{"id":1,"type":"graph","fill":2}"#, r#"{"id":1,"type":"timeseries","autoMigrateFrom":"graph","fill":2}"#),
        panel([16, 42], r#"{"id":1,"type":"graph","fill":2}"#, r#"{"id":1,"type":"timeseries","autoMigrateFrom":"graph","fill":3}"#) }
    SINGLESTAT { "singlestat", "a singlestat becomes a stat or a gauge; prefix, postfix and font sizes are lost", "grafana/grafana SingleStatBaseOptions.ts, v28.go",
        panel([16, 37], r#"{"id":1,"type":"singlestat","format":"percent","valueName":"current","thresholds":"65, 90","colors":["a","b","c"],"postfix":"!"}"#,
            r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"unit":"percent","thresholds":{"mode":"absolute","steps":[{"color":"a"},{"color":"b","value":65},{"color":"c","value":90}]}},"overrides":[]},"options":{"reduceOptions":{"calcs":["lastNotNull"]},"orientation":"horizontal","colorMode":"none","graphMode":"none"}}"#),
        panel([16, 37], r#"{"id":1,"type":"singlestat","format":"percent","valueName":"current","thresholds":"65, 90","colors":["a","b","c"],"postfix":"!"}"#,
            r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"unit":"percent","thresholds":{"mode":"absolute","steps":[{"color":"a"},{"color":"b","value":66},{"color":"c","value":90}]}},"overrides":[]},"options":{"reduceOptions":{"calcs":["lastNotNull"]},"orientation":"horizontal","colorMode":"none","graphMode":"none"}}"#) }
    GRAPH_CONVERSION { "graph-conversion", "a browser converts a graph to its successor; what the successor has no setting for is lost", "grafana/grafana timeseries/migrations.ts, barchart/migrations.ts, histogram/migrations.ts of 11.1 to 13.1",
        panel([16, 41], r#"{"id":1,"type":"graph","lines":true,"fill":2,"linewidth":3,"title":"A","yaxes":[{"format":"s","show":true},{"show":true}]}"#, r#"{"id":1,"type":"timeseries","title":"A","fieldConfig":{"defaults":{"unit":"s","custom":{"drawStyle":"line","fillOpacity":20,"lineWidth":3,"showPoints":"never"}}}}"#),
        panel([16, 41], r#"{"id":1,"type":"graph","lines":true,"fill":2,"linewidth":3,"title":"A","yaxes":[{"format":"s","show":true},{"show":true}]}"#, r#"{"id":1,"type":"timeseries","title":"A","fieldConfig":{"defaults":{"unit":"ms","custom":{"drawStyle":"line","fillOpacity":20,"lineWidth":3,"showPoints":"never"}}}}"#) }
    HEATMAP_TOOLTIP { "heatmap-tooltip", "since 10.3 a heatmap's tooltip has a mode", "grafana/grafana heatmap/migrations.ts",
        panel([37, 39], r#"{"id":1,"type":"heatmap","options":{"tooltip":{"show":false}}}"#, r#"{"id":1,"type":"heatmap","options":{"tooltip":{"mode":"none"}}}"#),
        panel([37, 39], r#"{"id":1,"type":"heatmap","options":{"tooltip":{"show":false}}}"#, r#"{"id":1,"type":"heatmap","options":{"tooltip":{"mode":"multi"}}}"#) }
    HEATMAP_CONVERSION { "heatmap-conversion", "Grafana 9 has a heatmap of its own; the Angular one's settings are converted", "grafana/grafana heatmap/migrations.ts (angularToReactHeatmap)",
        panel([16, 39], r#"{"id":1,"type":"heatmap","dataFormat":"tsbuckets","yAxis":{"format":"s"},"color":{"mode":"opacity","cardColor":"red","scale":"sqrt"}}"#,
            r#"{"id":1,"type":"heatmap","options":{"calculate":false,"calculation":{},"color":{"mode":"opacity","scheme":"Oranges","fill":"red","scale":"sqrt","reverse":false,"exponent":0.5,"steps":128},"cellGap":2,"cellValues":{},"yAxis":{"axisPlacement":"left","reverse":false,"unit":"s"},"rowsFrame":{"layout":"auto"},"legend":{"show":false},"showValue":"never","tooltip":{"mode":"none","yHistogram":false},"exemplars":{"color":"rgba(255,0,255,0.7)"}}}"#),
        panel([16, 39], r#"{"id":1,"type":"heatmap","dataFormat":"tsbuckets","yAxis":{"format":"s"},"color":{"mode":"opacity","cardColor":"red","scale":"sqrt"}}"#,
            r#"{"id":1,"type":"heatmap","options":{"calculate":false,"calculation":{},"color":{"mode":"opacity","scheme":"Oranges","fill":"blue","scale":"sqrt","reverse":false,"exponent":0.5,"steps":128},"cellGap":2,"cellValues":{},"yAxis":{"axisPlacement":"left","reverse":false,"unit":"s"},"rowsFrame":{"layout":"auto"},"legend":{"show":false},"showValue":"never","tooltip":{"mode":"none","yHistogram":false},"exemplars":{"color":"rgba(255,0,255,0.7)"}}}"#) }
    ALERT_LIST { "alert-list", "an alert list's filter for inactive rules is the one for normal ones", "grafana/grafana alertlist/UnifiedAlertList.tsx of 9.4 to 13.1",
        panel([37, 42], r#"{"id":1,"type":"alertlist","options":{"stateFilter":{"inactive":true}}}"#, r#"{"id":1,"type":"alertlist","options":{"stateFilter":{"normal":true}}}"#),
        panel([37, 42], r#"{"id":1,"type":"alertlist","options":{"stateFilter":{"inactive":true}}}"#, r#"{"id":1,"type":"alertlist","options":{"stateFilter":{"normal":false}}}"#) }
    MAP_LAYERS { "map-layers", "since 8.3 what a map's markers look like is an object of its own", "grafana/grafana geomap/migrations.ts (mapMigrationHandler) of 10.2 to 13.1",
        panel([30, 42], r#"{"id":1,"type":"geomap","pluginVersion":"8.2.0","options":{"layers":[{"type":"markers","config":{"size":{"fixed":9},"color":{"fixed":"red"},"fillOpacity":0.7,"shape":"x","showLegend":true}}]}}"#,
            r#"{"id":1,"type":"geomap","pluginVersion":"13.1.0","options":{"layers":[{"type":"markers","config":{"showLegend":true,"style":{"size":{"fixed":9},"color":{"fixed":"red"},"opacity":0.7,"symbol":{"fixed":"img/icons/marker/x-mark.svg","mode":"fixed"},"symbolAlign":{"horizontal":"center","vertical":"center"},"textConfig":{"fontSize":12,"textAlign":"center","textBaseline":"middle","offsetX":0,"offsetY":0},"rotation":{"fixed":0,"mode":"mod","min":-360,"max":360}}}}]}}"#),
        panel([30, 42], r#"{"id":1,"type":"geomap","pluginVersion":"8.2.0","options":{"layers":[{"type":"markers","config":{"size":{"fixed":9},"color":{"fixed":"red"},"fillOpacity":0.7,"shape":"x","showLegend":true}}]}}"#,
            r#"{"id":1,"type":"geomap","pluginVersion":"13.1.0","options":{"layers":[{"type":"markers","config":{"showLegend":true,"style":{"size":{"fixed":9},"color":{"fixed":"red"},"opacity":0.8,"symbol":{"fixed":"img/icons/marker/x-mark.svg","mode":"fixed"},"symbolAlign":{"horizontal":"center","vertical":"center"},"textConfig":{"fontSize":12,"textAlign":"center","textBaseline":"middle","offsetX":0,"offsetY":0},"rotation":{"fixed":0,"mode":"mod","min":-360,"max":360}}}}]}}"#) }
    MAP_LAYER_NAMES { "map-layer-names", "a map without layers, and a layer without a name, is given one when the map is drawn", "grafana/grafana geomap/GeomapPanel.tsx (initMapAsync), utils/layers.ts (initLayer) of 10.2 to 13.1",
        panel([37, 42], r#"{"id":1,"type":"geomap","options":{"layers":[{"type":"markers"}]}}"#, r#"{"id":1,"type":"geomap","options":{"layers":[{"type":"markers","name":"Layer 1"}]}}"#),
        panel([37, 42], r#"{"id":1,"type":"geomap","options":{"layers":[{"type":"markers"}]}}"#, r#"{"id":1,"type":"geomap","options":{"layers":[{"type":"markers","name":"Stations"}]}}"#) }
    CANVAS_DEFAULTS { "canvas-defaults", "what an element of a canvas lacks is filled in when it is drawn", "grafana/grafana features/canvas/runtime/element.tsx of 10.2 to 13.1",
        panel([39, 42], r#"{"id":1,"type":"canvas","options":{"root":{"elements":[{"type":"text","name":"a"}]}}}"#, r#"{"id":1,"type":"canvas","options":{"root":{"elements":[{"type":"text","name":"a","background":{"color":{"fixed":"transparent"}},"border":{"color":{"fixed":"dark-green"}}}]}}}"#),
        panel([39, 42], r#"{"id":1,"type":"canvas","options":{"root":{"elements":[{"type":"text","name":"a"}]}}}"#, r#"{"id":1,"type":"canvas","options":{"root":{"elements":[{"type":"text","name":"a","background":{"color":{"fixed":"red"}},"border":{"color":{"fixed":"dark-green"}}}]}}}"#) }
    PIE_CHART { "pie-chart", "the pie chart plugin's settings become those of Grafana's own", "grafana/grafana piechart/migrations.ts",
        panel([16, 39], r#"{"id":1,"type":"grafana-piechart-panel","pieType":"donut","format":"s","legendType":"Under graph"}"#, r#"{"id":1,"type":"piechart","fieldConfig":{"defaults":{"unit":"s","decimals":0},"overrides":[]},"options":{"pieType":"donut","legend":{"placement":"bottom","values":[],"displayMode":"table","showLegend":true,"calcs":[]}}}"#),
        panel([16, 39], r#"{"id":1,"type":"grafana-piechart-panel","pieType":"donut","format":"s","legendType":"Under graph"}"#, r#"{"id":1,"type":"piechart","fieldConfig":{"defaults":{"unit":"s","decimals":0},"overrides":[]},"options":{"pieType":"donut","legend":{"placement":"right","values":[],"displayMode":"table","showLegend":true,"calcs":[]}}}"#) }
    WORLD_MAP { "world-map", "the world map plugin's settings become those of a geomap", "grafana/grafana geomap/migrations.ts",
        panel([16, 39], r#"{"id":1,"type":"grafana-worldmap-panel","initialZoom":3,"mapCenter":"Europe"}"#, r#"{"id":1,"type":"geomap","options":{"view":{"id":"europe","zoom":3},"controls":{"showZoom":true,"mouseWheelZoom":false},"basemap":{"type":"default","name":"Basemap"},"layers":[{"type":"markers","name":"","config":{"style":{"size":{"fixed":5,"min":2,"max":15},"color":{"fixed":"dark-green"},"opacity":0.4,"symbol":{"mode":"fixed","fixed":"img/icons/marker/circle.svg"},"symbolAlign":{"horizontal":"center","vertical":"center"},"textConfig":{"fontSize":12,"textAlign":"center","textBaseline":"middle","offsetX":0,"offsetY":0},"rotation":{"fixed":0,"mode":"mod","min":-360,"max":360}},"showLegend":true},"location":{"mode":"auto"},"tooltip":true}],"tooltip":{"mode":"details"}}}"#),
        panel([16, 39], r#"{"id":1,"type":"grafana-worldmap-panel","initialZoom":3,"mapCenter":"Europe"}"#, r#"{"id":1,"type":"geomap","options":{"view":{"id":"europe","zoom":4},"controls":{"showZoom":true,"mouseWheelZoom":false}}}"#) }
    XY_SERIES { "xy-series", "since 11.2 an XY chart's series match their columns", "grafana/grafana xychart/migrations.ts",
        panel([37, 42], r#"{"id":1,"type":"xychart","options":{"seriesMapping":"manual","series":[{"x":"a","y":"b"}]}}"#, r#"{"id":1,"type":"xychart","options":{"mapping":"manual","series":[{"frame":{"matcher":{"id":"byIndex","options":0}},"x":{"matcher":{"id":"byName","options":"a"}},"y":{"matcher":{"id":"byName","options":"b"}}}]}}"#),
        panel([37, 42], r#"{"id":1,"type":"xychart","options":{"seriesMapping":"manual","series":[{"x":"a","y":"b"}]}}"#, r#"{"id":1,"type":"xychart","options":{"mapping":"manual","series":[{"frame":{"matcher":{"id":"byIndex","options":0}},"x":{"matcher":{"id":"byName","options":"a"}},"y":{"matcher":{"id":"byName","options":"c"}}}]}}"#) }
    DASHBOARD_LIST { "dashboard-list", "the old settings of a list of dashboards are options", "grafana/grafana dashlist/migrations.ts",
        panel([16, 39], r#"{"id":1,"type":"dashlist","limit":4,"recent":true}"#, r#"{"id":1,"type":"dashlist","options":{"maxItems":4,"showRecentlyViewed":true}}"#),
        panel([16, 39], r#"{"id":1,"type":"dashlist","limit":4,"recent":true}"#, r#"{"id":1,"type":"dashlist","options":{"maxItems":5,"showRecentlyViewed":true}}"#) }
    GAUGE_CONVERSION { "gauge-conversion", "Grafana 13 has a new gauge; an old one is made to look as before", "grafana/grafana gauge/migrations.ts of 13.1",
        panel([39, 42], r#"{"id":1,"type":"gauge","pluginVersion":"10.2.0","options":{"sizing":"auto"}}"#, r#"{"id":1,"type":"gauge","pluginVersion":"13.1.0","options":{"shape":"gauge","sparkline":false,"effects":{"gradient":false}}}"#),
        panel([39, 42], r#"{"id":1,"type":"gauge","pluginVersion":"10.2.0","options":{"sizing":"auto"}}"#, r#"{"id":1,"type":"gauge","pluginVersion":"13.1.0","options":{"shape":"circle","sparkline":false,"effects":{"gradient":false}}}"#) }
    TABLE_FIELDS { "table-fields", "since 12.1 hidden columns, wrapped text and the footer are field settings", "grafana/grafana table/migrations.ts of 12.4 and 13.1",
        panel([39, 42], r#"{"id":1,"type":"table","options":{"footer":{"show":true,"reducer":["max"]}}}"#, r#"{"id":1,"type":"table","fieldConfig":{"defaults":{"custom":{"footer":{"reducers":["max"]}}}}}"#),
        panel([39, 42], r#"{"id":1,"type":"table","options":{"footer":{"show":true,"reducer":["max"]}}}"#, r#"{"id":1,"type":"table","fieldConfig":{"defaults":{"custom":{"footer":{"reducers":["min"]}}}}}"#) }
    SPAN_FILTERS { "span-filters", "since 12.2 filters on spans are one list", "grafana/grafana traces/module.tsx, useSearch.ts",
        panel([39, 42], r#"{"id":1,"type":"traces","options":{"spanFilters":{"spanName":"a"}}}"#, r#"{"id":1,"type":"traces","options":{"spanFilters":{"adhocFilters":[{"key":"spanName","operator":"=","value":"a"}],"tags":[{"id":"x","operator":"="}]}}}"#),
        panel([39, 42], r#"{"id":1,"type":"traces","options":{"spanFilters":{"spanName":"a"}}}"#, r#"{"id":1,"type":"traces","options":{"spanFilters":{"adhocFilters":[{"key":"spanName","operator":"=","value":"b"}],"tags":[{"id":"x","operator":"="}]}}}"#) }
    CANVAS_ELEMENTS { "canvas-elements", "a canvas rewrites elements of older versions", "grafana/grafana canvas/migrations.ts",
        panel([39, 42], r#"{"id":1,"type":"canvas","pluginVersion":"11.0.0","options":{"root":{"elements":[{"name":"a","type":"x","connections":[{"path":"p"}]}]}}}"#, r#"{"id":1,"type":"canvas","pluginVersion":"13.1.0","options":{"root":{"elements":[{"name":"a","type":"x","connections":[{"path":"p","direction":{"mode":"fixed","fixed":"forward"}}]}]}}}"#),
        panel([39, 42], r#"{"id":1,"type":"canvas","pluginVersion":"11.0.0","options":{"root":{"elements":[{"name":"a","type":"x","connections":[{"path":"p"}]}]}}}"#, r#"{"id":1,"type":"canvas","pluginVersion":"13.1.0","options":{"root":{"elements":[{"name":"a","type":"x","connections":[{"path":"p","direction":{"mode":"fixed","fixed":"both"}}]}]}}}"#) }
    LOSSY_CONVERSION { "lossy-conversion", "a browser replaced the plugin by its successor; what the settings became can't be told from an edit", "grafana/grafana PanelModel.ts (changePlugin)",
        panel([16, 41], r#"{"id":1,"type":"natel-discrete-panel","rowHeight":50,"title":"A"}"#, r#"{"id":1,"type":"state-timeline","title":"A","fieldConfig":{"defaults":{"unit":"s"}}}"#),
        panel([16, 41], r#"{"id":1,"type":"natel-discrete-panel","rowHeight":50,"title":"A"}"#, r#"{"id":1,"type":"state-timeline","title":"B","fieldConfig":{"defaults":{"unit":"s"}}}"#) }
    TABLE_OLD { "table-old", "step 24 keeps a table with styles under another name", "grafana/grafana DashboardMigrator.ts",
        panel([22, 37], r#"{"id":1,"type":"table","styles":[{"pattern":"a"}]}"#, r#"{"id":1,"type":"table-old","styles":[{"pattern":"a"}]}"#),
        panel([22, 37], r#"{"id":1,"type":"table","styles":[{"pattern":"a"}]}"#, r#"{"id":1,"type":"table-old","styles":[{"pattern":"b"}]}"#) }
    TABLE_TRANSFORM { "table-transform", "the old table takes the transform that fits the data it gets", "grafana/grafana table-old/module.ts (onDataReceived), up to 10.x",
        panel([36, 39], r#"{"id":1,"type":"table-old","transform":"timeseries_to_rows"}"#, r#"{"id":1,"type":"table-old","transform":"table"}"#),
        panel([36, 39], r#"{"id":1,"type":"table-old","transform":"timeseries_to_rows"}"#, r#"{"id":1,"type":"table-old","transform":"timeseries_to_columns"}"#) }
    STYLE_ALIGN { "style-align", "step 22 aligns all columns by themselves", "grafana/grafana DashboardMigrator.ts",
        panel([16, 22], r#"{"id":1,"type":"table","styles":[{"pattern":"a"}]}"#, r#"{"id":1,"type":"table","styles":[{"pattern":"a","align":"auto"}]}"#),
        panel([16, 22], r#"{"id":1,"type":"table","styles":[{"pattern":"a"}]}"#, r#"{"id":1,"type":"table","styles":[{"pattern":"a","align":"left"}]}"#) }
    TABLE_STYLES { "table-styles", "column styles become overrides; columns, sort and font size are lost", "grafana/grafana v24.go",
        panel([16, 42], r#"{"id":1,"type":"table","styles":[{"pattern":"a","unit":"s","type":"number"}],"fontSize":"100%"}"#,
            r#"{"id":1,"type":"table","fieldConfig":{"defaults":{},"overrides":[{"matcher":{"id":"byName","options":"a"},"properties":[{"id":"unit","value":"s"},{"id":"custom.align"}]}]}}"#),
        panel([16, 42], r#"{"id":1,"type":"table","styles":[{"pattern":"a","unit":"s","type":"number"}],"fontSize":"100%"}"#,
            r#"{"id":1,"type":"table","fieldConfig":{"defaults":{},"overrides":[{"matcher":{"id":"byName","options":"a"},"properties":[{"id":"unit","value":"ms"},{"id":"custom.align"}]}]}}"#) }
    CELL_OPTIONS { "cell-options", "step 38 spells a display mode out", "grafana/grafana v38.go",
        panel([37, 38], r#"{"id":1,"type":"table","fieldConfig":{"defaults":{"custom":{"displayMode":"basic"}}}}"#, r#"{"id":1,"type":"table","fieldConfig":{"defaults":{"custom":{"cellOptions":{"type":"gauge","mode":"basic"}}}}}"#),
        panel([37, 38], r#"{"id":1,"type":"table","fieldConfig":{"defaults":{"custom":{"displayMode":"basic"}}}}"#, r#"{"id":1,"type":"table","fieldConfig":{"defaults":{"custom":{"cellOptions":{"type":"gauge","mode":"lcd"}}}}}"#) }
    FIELD_OPTIONS { "field-options", "Grafana 7 moves field options to the field configuration", "grafana/grafana SingleStatBaseOptions.ts (sharedSingleStatMigrationHandler)",
        panel([18, 37], r#"{"id":1,"type":"gauge","options":{"fieldOptions":{"calcs":["last"],"defaults":{"unit":"Bps","title":"t"}}}}"#,
            r#"{"id":1,"type":"gauge","pluginVersion":"9.4.0","options":{"reduceOptions":{"calcs":["last"]}},"fieldConfig":{"defaults":{"unit":"Bps","displayName":"t"},"overrides":[]}}"#),
        panel([18, 37], r#"{"id":1,"type":"gauge","options":{"fieldOptions":{"calcs":["last"],"defaults":{"unit":"Bps","title":"t"}}}}"#,
            r#"{"id":1,"type":"gauge","pluginVersion":"9.4.0","options":{"reduceOptions":{"calcs":["last"]}},"fieldConfig":{"defaults":{"unit":"bps","displayName":"t"},"overrides":[]}}"#) }
    PERCENT_RANGE { "percent-range", "since 8.0 the range of percent units is written out", "grafana/grafana SingleStatBaseOptions.ts",
        panel([25, 37], r#"{"id":1,"type":"stat","pluginVersion":"7.0.3","fieldConfig":{"defaults":{"unit":"percentunit"}}}"#, r#"{"id":1,"type":"stat","pluginVersion":"9.4.0","fieldConfig":{"defaults":{"unit":"percentunit","min":0,"max":1}}}"#),
        panel([25, 37], r#"{"id":1,"type":"stat","pluginVersion":"7.0.3","fieldConfig":{"defaults":{"unit":"percentunit"}}}"#, r#"{"id":1,"type":"stat","pluginVersion":"9.4.0","fieldConfig":{"defaults":{"unit":"percentunit","min":0,"max":2}}}"#) }
    VALUE_MAPPINGS { "value-mappings", "step 30 gathers value mappings", "grafana/grafana DashboardMigrator.ts (upgradeValueMappings)",
        panel([26, 37], r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"mappings":[{"id":0,"type":1,"value":"0","text":"down"}]}}}"#, r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"mappings":[{"type":"value","options":{"0":{"text":"down"}}}]}}}"#),
        panel([26, 37], r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"mappings":[{"id":0,"type":1,"value":"0","text":"down"}]}}}"#, r#"{"id":1,"type":"stat","fieldConfig":{"defaults":{"mappings":[{"type":"value","options":{"0":{"text":"up"}}}]}}}"#) }
    GRAPH_GRID { "graph-grid", "steps 12 and 13 take a graph's axes and thresholds out of its grid", "grafana/grafana DashboardMigrator.ts",
        panel([11, 39], r#"{"id":1,"type":"graph","grid":{"leftMin":2,"threshold1":7,"threshold1Color":"red","threshold2":null},"y_formats":["s","short"],"y-axis":true}"#, r#"{"id":1,"type":"graph","grid":{},"xaxis":{},"yaxes":[{"show":true,"min":2,"format":"s"},{"show":true,"format":"short"}],"thresholds":[{"value":7,"op":"gt","fill":true,"fillColor":"red","colorMode":"custom"}]}"#),
        panel([11, 39], r#"{"id":1,"type":"graph","grid":{"leftMin":2,"threshold1":7,"threshold1Color":"red","threshold2":null},"y_formats":["s","short"],"y-axis":true}"#, r#"{"id":1,"type":"graph","grid":{},"xaxis":{},"yaxes":[{"show":true,"min":3,"format":"s"},{"show":true,"format":"short"}],"thresholds":[{"value":7,"op":"gt","fill":true,"fillColor":"red","colorMode":"custom"}]}"#) }
    GRAPH_UNIT { "graph-unit", "a graph's left axis has the unit of its fields, where these have one", "grafana/grafana graph/module.ts (GraphCtrl) of 7.5 to 10.2",
        panel([36, 39], r#"{"id":1,"type":"graph","fieldConfig":{"defaults":{"unit":"s"}},"yaxes":[{"format":"short"},{"format":"short"}]}"#, r#"{"id":1,"type":"graph","fieldConfig":{"defaults":{"unit":"s"}},"yaxes":[{"format":"s"},{"format":"short"}]}"#),
        panel([36, 39], r#"{"id":1,"type":"graph","fieldConfig":{"defaults":{"unit":"s"}},"yaxes":[{"format":"short"},{"format":"short"}]}"#, r#"{"id":1,"type":"graph","fieldConfig":{"defaults":{"unit":"s"}},"yaxes":[{"format":"short"},{"format":"s"}]}"#) }
    GRAPH_DATA_LINKS { "graph-data-links", "since 7.1 a graph's data links are field settings", "grafana/grafana GraphMigrations.ts",
        panel([25, 37], r#"{"id":1,"type":"graph","options":{"dataLinks":[{"url":"/a"}]}}"#, r#"{"id":1,"type":"graph","fieldConfig":{"defaults":{"links":[{"url":"/a"}]}}}"#),
        panel([25, 37], r#"{"id":1,"type":"graph","options":{"dataLinks":[{"url":"/a"}]}}"#, r#"{"id":1,"type":"graph","fieldConfig":{"defaults":{"links":[{"url":"/b"}]}}}"#) }
    SHOW_LEGEND { "show-legend", "step 37 leaves one way to hide a legend", "grafana/grafana v37.go",
        panel([35, 42], r#"{"id":1,"type":"x","options":{"legend":{"displayMode":"hidden"}}}"#, r#"{"id":1,"type":"x","options":{"legend":{"displayMode":"list","showLegend":false}}}"#),
        panel([35, 42], r#"{"id":1,"type":"x","options":{"legend":{"displayMode":"hidden"}}}"#, r#"{"id":1,"type":"x","options":{"legend":{"displayMode":"list","showLegend":true}}}"#) }
    TOOLTIP_OPTIONS { "tooltip-options", "step 30 renames it", "grafana/grafana DashboardMigrator.ts (migrateTooltipOptions)",
        panel([27, 37], r#"{"id":1,"type":"timeseries","options":{"tooltipOptions":{"mode":"multi"}}}"#, r#"{"id":1,"type":"timeseries","options":{"tooltip":{"mode":"multi"}}}"#),
        panel([27, 37], r#"{"id":1,"type":"timeseries","options":{"tooltipOptions":{"mode":"multi"}}}"#, r#"{"id":1,"type":"timeseries","options":{"tooltip":{"mode":"none"}}}"#) }
    X_AXIS { "x-axis", "step 35 keeps the time axis where all axes were hidden", "grafana/grafana DashboardMigrator.ts (ensureXAxisVisibility)",
        panel([31, 37], r#"{"id":1,"type":"timeseries","fieldConfig":{"defaults":{"custom":{"axisPlacement":"hidden"}},"overrides":[]}}"#, r#"{"id":1,"type":"timeseries","fieldConfig":{"defaults":{"custom":{"axisPlacement":"hidden"}},"overrides":[{"matcher":{"id":"byType","options":"time"},"properties":[{"id":"custom.axisPlacement","value":"auto"}]}]}}"#),
        panel([31, 37], r#"{"id":1,"type":"timeseries","fieldConfig":{"defaults":{"custom":{"axisPlacement":"hidden"}},"overrides":[]}}"#, r#"{"id":1,"type":"timeseries","fieldConfig":{"defaults":{"custom":{"axisPlacement":"hidden"}},"overrides":[{"matcher":{"id":"byType","options":"time"},"properties":[{"id":"custom.axisPlacement","value":"left"}]}]}}"#) }
    HIDE_FROM { "hide-from", "step 42 hides from the tooltip what the picture hides", "grafana/grafana v42.go",
        panel([41, 42], r#"{"id":1,"type":"x","fieldConfig":{"overrides":[{"matcher":{"id":"byName","options":"a"},"properties":[{"id":"custom.hideFrom","value":{"viz":true}}]}]}}"#, r#"{"id":1,"type":"x","fieldConfig":{"overrides":[{"matcher":{"id":"byName","options":"a"},"properties":[{"id":"custom.hideFrom","value":{"viz":true,"tooltip":true}}]}]}}"#),
        panel([41, 42], r#"{"id":1,"type":"x","fieldConfig":{"overrides":[{"matcher":{"id":"byName","options":"a"},"properties":[{"id":"custom.hideFrom","value":{"viz":true}}]}]}}"#, r#"{"id":1,"type":"x","fieldConfig":{"overrides":[{"matcher":{"id":"byName","options":"a"},"properties":[{"id":"custom.hideFrom","value":{"viz":true,"tooltip":true,"legend":true}}]}]}}"#) }
    PANEL_LINKS { "panel-links", "step 19 writes a link's parts into its URL", "grafana/grafana DashboardMigrator.ts (upgradePanelLink)",
        panel([16, 37], r#"{"id":1,"type":"x","links":[{"dashboard":"My Board","keepTime":true,"title":"t","type":"dashboard"}]}"#, r#"{"id":1,"type":"x","links":[{"url":"dashboard/db/my-board?$__url_time_range","title":"t"}]}"#),
        panel([16, 37], r#"{"id":1,"type":"x","links":[{"dashboard":"My Board","keepTime":true,"title":"t","type":"dashboard"}]}"#, r#"{"id":1,"type":"x","links":[{"url":"dashboard/db/your-board?$__url_time_range","title":"t"}]}"#) }
    DATA_LINK_VARIABLES { "data-link-variables", "steps 20 and 21 rename variables in data links", "grafana/grafana DashboardMigrator.ts (updateVariablesSyntax)",
        panel([19, 27], r#"{"id":1,"type":"x","options":{"dataLinks":[{"url":"/?s=$__series_name"}]}}"#, r#"{"id":1,"type":"x","options":{"dataLinks":[{"url":"/?s=${__series.name}"}]}}"#),
        panel([19, 27], r#"{"id":1,"type":"x","options":{"dataLinks":[{"url":"/?s=$__series_name"}]}}"#, r#"{"id":1,"type":"x","options":{"dataLinks":[{"url":"/?s=${__field.name}"}]}}"#) }
    REF_IDS { "ref-ids", "a query without a letter is given the next free one", "grafana/grafana PanelModel.ts (ensureQueryIds)",
        panel([16, 42], r#"{"id":1,"type":"x","targets":[{"refId":"A","expr":"a"},{"expr":"b"}]}"#, r#"{"id":1,"type":"x","targets":[{"refId":"A","expr":"a"},{"refId":"B","expr":"b"}]}"#),
        panel([16, 42], r#"{"id":1,"type":"x","targets":[{"refId":"A","expr":"a"},{"expr":"b"}]}"#, r#"{"id":1,"type":"x","targets":[{"refId":"A","expr":"a"},{"refId":"C","expr":"b"}]}"#) }
    MAX_PER_ROW { "max-per-row", "step 17 counts panels per row instead of columns per panel", "grafana/grafana DashboardMigrator.ts",
        panel([16, 37], r#"{"id":1,"type":"x","minSpan":6}"#, r#"{"id":1,"type":"x","maxPerRow":4}"#),
        panel([16, 37], r#"{"id":1,"type":"x","minSpan":6}"#, r#"{"id":1,"type":"x","maxPerRow":6}"#) }
    TEXT_OPTIONS { "text-options", "since 7.1 a text panel's content is an option", "grafana/grafana textPanelMigrationHandler.ts",
        panel([16, 37], r#"{"id":1,"type":"text","mode":"html","content":"hi"}"#, r#"{"id":1,"type":"text","options":{"mode":"html","content":"hi"}}"#),
        panel([16, 37], r#"{"id":1,"type":"text","mode":"html","content":"hi"}"#, r#"{"id":1,"type":"text","options":{"mode":"html","content":"ho"}}"#) }
    TEXT_TWO { "text-two", "step 26 gives the text panel of React the name of the one it replaced", "grafana/grafana DashboardMigrator.ts, v26.go",
        panel([25, 42], r#"{"id":1,"type":"text2","options":{"content":"a"}}"#, r#"{"id":1,"type":"text","options":{"content":"a"}}"#),
        panel([25, 42], r#"{"id":1,"type":"text2","options":{"content":"a"}}"#, r#"{"id":1,"type":"stat","options":{"content":"a"}}"#) }
    TEXT_MODE { "text-mode", "a mode that the text panel doesn't know is markdown since 7.2", "grafana/grafana textPanelMigrationHandler.ts",
        panel([22, 42], r#"{"id":1,"type":"text","options":{"mode":"text","content":"a"}}"#, r#"{"id":1,"type":"text","options":{"mode":"markdown","content":"a"}}"#),
        panel([22, 42], r#"{"id":1,"type":"text","options":{"mode":"html","content":"a"}}"#, r#"{"id":1,"type":"text","options":{"mode":"markdown","content":"a"}}"#) }
    DISCRETE { "discrete", "the discrete panel becomes a state timeline", "grafana/grafana state-timeline/migrations.ts (timelinePanelChangedHandler)",
        panel([16, 41], r##"{"id":1,"type":"natel-discrete-panel","units":"s","colorMaps":[{"text":"up","color":"#0f0"}],"valueMaps":[{"op":"=","text":"up","value":"1"}],"rangeMaps":[{"from":"2","to":"9","text":"up"}]}"##,
            r##"{"id":1,"type":"state-timeline","fieldConfig":{"defaults":{"custom":{"fillOpacity":100},"unit":"s","mappings":[{"type":"value","options":{"up":{"color":"#0f0"},"1":{"text":"up","color":"#0f0"}}},{"type":"range","options":{"from":2,"to":9,"result":{"text":"up","color":"#0f0"}}}]},"overrides":[]}}"##),
        panel([16, 41], r##"{"id":1,"type":"natel-discrete-panel","units":"s","colorMaps":[{"text":"up","color":"#0f0"}]}"##,
            r##"{"id":1,"type":"state-timeline","fieldConfig":{"defaults":{"custom":{"fillOpacity":100},"unit":"s","mappings":[{"type":"value","options":{"up":{"color":"#f00"}}}]},"overrides":[]}}"##) }
    TABLE_THRESHOLDS { "table-thresholds", "step 10 takes the first of three thresholds of a column", "grafana/grafana DashboardMigrator.ts, v10.go",
        panel([9, 16], r#"{"id":1,"type":"table","styles":[{"pattern":"a","thresholds":["1","2","3"]}]}"#, r#"{"id":1,"type":"table","styles":[{"pattern":"a","thresholds":["2","3"]}]}"#),
        panel([9, 16], r#"{"id":1,"type":"table","styles":[{"pattern":"a","thresholds":["1","2","3"]}]}"#, r#"{"id":1,"type":"table","styles":[{"pattern":"a","thresholds":["1","3"]}]}"#) }
    LIBRARY_PANEL { "library-panel", "a reference to a library panel has no plugin of its own; newer pages call it one", "grafana/grafana transformSceneToSaveModel.ts",
        panel([37, 42], r#"{"id":1,"libraryPanel":{"uid":"l","name":"L"}}"#, r#"{"id":1,"type":"library-panel-ref","libraryPanel":{"uid":"l","name":"L"}}"#),
        panel([37, 42], r#"{"id":1,"libraryPanel":{"uid":"l","name":"L"}}"#, r#"{"id":1,"type":"library-panel-ref","libraryPanel":{"uid":"m","name":"L"}}"#) }
    SOURCE_OF_QUERY { "source-of-query", "step 36 gives a panel without a data source its query's", "grafana/grafana DashboardMigrator.ts, v36.go",
        panel([31, 42], r#"{"id":1,"type":"x","targets":[{"refId":"A","datasource":{"type":"loki","uid":"l"}}]},{"id":2,"type":"x","targets":[{"refId":"A","datasource":{"type":"loki","uid":"m"}}]}"#,
            r#"{"id":1,"type":"x","datasource":{"type":"loki","uid":"l"},"targets":[{"refId":"A","datasource":{"type":"loki","uid":"l"}}]},{"id":2,"type":"x","datasource":{"type":"loki","uid":"m"},"targets":[{"refId":"A","datasource":{"type":"loki","uid":"m"}}]}"#),
        panel([37, 42], r#"{"id":1,"type":"x","targets":[{"refId":"A","datasource":{"type":"loki","uid":"l"}}]}"#, r#"{"id":1,"type":"x","datasource":{"type":"loki","uid":"m"},"targets":[{"refId":"A","datasource":{"type":"loki","uid":"l"}}]}"#) }
    BYTE_ORDER_MARKS { "byte-order-marks", "the server's conversion takes byte order marks out of texts", "grafana/grafana v1_to_v2alpha1.go (stripBOM)",
        panel([37, 42], r#"{"id":1,"type":"x","links":[{"url":"/a\ufeff?b","title":"t"}]}"#, r#"{"id":1,"type":"x","links":[{"url":"/a?b","title":"t"}]}"#),
        panel([37, 42], r#"{"id":1,"type":"x","links":[{"url":"/a\ufeff?b","title":"t"}]}"#, r#"{"id":1,"type":"x","links":[{"url":"/a?c","title":"t"}]}"#) }
    LABELS_TO_FIELDS { "labels-to-fields", "step 31 adds the merge that the transformation used to do", "grafana/grafana DashboardMigrator.ts",
        panel([27, 37], r#"{"id":1,"type":"x","transformations":[{"id":"labelsToFields","options":{}}]}"#, r#"{"id":1,"type":"x","transformations":[{"id":"labelsToFields","options":{}},{"id":"merge","options":{}}]}"#),
        panel([27, 37], r#"{"id":1,"type":"x","transformations":[{"id":"labelsToFields","options":{}}]}"#, r#"{"id":1,"type":"x","transformations":[{"id":"labelsToFields","options":{}},{"id":"reduce","options":{}}]}"#) }
    QUERY_EDITOR { "query-editor", "beside an edit, a query's editor writes what the query runs as already", "grafana/grafana querybuilder/state.ts (Prometheus, Loki), grafana-sql/src/defaults.ts of 12.4 and 13.1",
        panel([42, 42], r#"{"id":1,"type":"x","targets":[{"refId":"A","expr":"a"}]}"#, r#"{"id":1,"type":"x","targets":[{"refId":"A","expr":"b","editorMode":"code","range":true}]}"#),
        panel([42, 42], r#"{"id":1,"type":"x","targets":[{"refId":"A","expr":"a"}]}"#, r#"{"id":1,"type":"x","targets":[{"refId":"A","expr":"a","editorMode":"code","range":true}]}"#) }
    TIME_SERIES_TABLE { "time-series-table", "step 39 gives each query settings of its own", "grafana/grafana DashboardMigrator.ts",
        panel([38, 39], r#"{"id":1,"type":"x","transformations":[{"id":"timeSeriesTable","options":{"refIdToStat":{"A":"mean"}}}]}"#, r#"{"id":1,"type":"x","transformations":[{"id":"timeSeriesTable","options":{"A":{"stat":"mean"}}}]}"#),
        panel([38, 39], r#"{"id":1,"type":"x","transformations":[{"id":"timeSeriesTable","options":{"refIdToStat":{"A":"mean"}}}]}"#, r#"{"id":1,"type":"x","transformations":[{"id":"timeSeriesTable","options":{"A":{"stat":"max"}}}]}"#) }
    CLOUDWATCH { "cloudwatch", "step 34 makes one query per statistic", "grafana/grafana v34.go",
        panel([16, 42], r#"{"id":1,"type":"x","targets":[{"refId":"A","dimensions":{},"namespace":"n","region":"r","metricName":"m","statistics":["Max","Min"]}]}"#,
            r#"{"id":1,"type":"x","targets":[{"refId":"A","dimensions":{},"namespace":"n","region":"r","metricName":"m","statistic":"Max","metricEditorMode":0,"metricQueryType":0},{"refId":"B","dimensions":{},"namespace":"n","region":"r","metricName":"m","statistic":"Min","metricEditorMode":0,"metricQueryType":0}]}"#),
        panel([16, 42], r#"{"id":1,"type":"x","targets":[{"refId":"A","dimensions":{},"namespace":"n","region":"r","metricName":"m","statistics":["Max"]}]}"#,
            r#"{"id":1,"type":"x","targets":[{"refId":"A","dimensions":{},"namespace":"n","region":"r","metricName":"m","statistic":"Min","metricEditorMode":0,"metricQueryType":0}]}"#) }
    FILLED_IN { "filled-in", "the repository says that the plugin fills this in by itself", "`noise:` of dashctl.yaml",
        panel([42, 42], r#"{"id":1,"type":"someones-form-panel"}"#, r#"{"id":1,"type":"someones-form-panel","options":{"layout":"single"}}"#),
        panel([42, 42], r#"{"id":1,"type":"someones-form-panel"}"#, r#"{"id":1,"type":"someones-form-panel","options":{"layout":"split"}}"#) }

    SELECTED { "selected", "which choice is ticked in a list is the UI's own state", "grafana-http-api 8.1; saves of 7.5 and 9.4",
        variable([37, 37], r#"{"name":"v","type":"custom","current":{"text":"a","value":"a"}}"#, r#"{"name":"v","type":"custom","current":{"selected":true,"text":"a","value":"a"}}"#),
        variable([37, 37], r#"{"name":"v","type":"custom","current":{"text":"a","value":"a"}}"#, r#"{"name":"v","type":"custom","current":{"selected":true,"text":"b","value":"b"}}"#) }
    VARIABLE_DEFAULT { "variable-default", "a variable's default, written or left out", "grafana/grafana variables/*/reducer.ts; saves of 7.5 and 9.4",
        variable([16, 37], r#"{"name":"v","type":"query"}"#, r#"{"name":"v","type":"query","multi":false,"skipUrlSync":false,"definition":""}"#),
        variable([16, 37], r#"{"name":"v","type":"query"}"#, r#"{"name":"v","type":"query","multi":true}"#) }
    VARIABLE_OPTIONS { "variable-options", "the choices of a query are the data source's answer", "grafana-http-api 8.1; grafana/grafana DashboardMigrator.ts (step 29)",
        variable([16, 37], r#"{"name":"v","type":"query","options":[{"text":"a","value":"a"}]}"#, r#"{"name":"v","type":"query","options":[]}"#),
        variable([16, 37], r#"{"name":"v","type":"textbox","query":"q","options":[{"text":"a","value":"a"}]}"#, r#"{"name":"v","type":"textbox","query":"q","options":[{"text":"b","value":"b"}]}"#) }
    OPTIONS_FROM_QUERY { "options-from-query", "choices that the variable's own text spells out are said twice", "grafana/grafana variables/custom/actions.ts",
        variable([37, 41], r#"{"name":"v","type":"custom","query":"a,b","options":[{"text":"a","value":"a"},{"text":"b","value":"b"}]}"#, r#"{"name":"v","type":"custom","query":"a,b","options":[]}"#),
        variable([37, 41], r#"{"name":"v","type":"custom","query":"a,b","options":[{"text":"a","value":"a"},{"text":"c","value":"c"}]}"#, r#"{"name":"v","type":"custom","query":"a,b","options":[]}"#) }
    CONSTANT_TO_TEXTBOX { "constant-to-textbox", "step 27 makes a text box of a constant that can be seen; its value is its query", "grafana/grafana DashboardMigrator.ts",
        variable([16, 37], r#"{"name":"v","type":"constant","hide":0,"query":"q","current":{"text":"old","value":"old"}}"#, r#"{"name":"v","type":"textbox","hide":0,"query":"q","current":{"selected":true,"text":"q","value":"q"}}"#),
        variable([16, 37], r#"{"name":"v","type":"constant","hide":2,"query":"q","current":{"text":"q","value":"q"}}"#, r#"{"name":"v","type":"textbox","hide":2,"query":"q","current":{"text":"q","value":"q"}}"#) }
    AUTO_INTERVAL { "auto-interval", "since 7.0 an interval's automatic value carries the variable's name", "grafana/grafana variables/interval/reducer.ts; saves of 7.5 and 9.4",
        variable([14, 37], r#"{"name":"i","type":"interval","current":{"value":"$__auto_interval"}}"#, r#"{"name":"i","type":"interval","current":{"value":"$__auto_interval_i"}}"#),
        variable([14, 37], r#"{"name":"i","type":"interval","current":{"value":"$__auto_interval"}}"#, r#"{"name":"i","type":"interval","current":{"value":"$__auto_interval_j"}}"#) }
    FIRST_INTERVAL { "first-interval", "an interval that the variable doesn't offer is its first one, and saved so", "grafana/grafana dashboard-scene/utils/utils.ts (getCurrentValueForOldIntervalModel) of 12.4 and 13.1",
        variable([14, 42], r#"{"name":"i","type":"interval","query":"1m,5m","current":{"text":"auto","value":"$__auto_interval"}}"#, r#"{"name":"i","type":"interval","query":"1m,5m","current":{"text":"1m","value":"1m"}}"#),
        variable([14, 42], r#"{"name":"i","type":"interval","query":"1m,5m","current":{"text":"auto","value":"$__auto_interval"}}"#, r#"{"name":"i","type":"interval","query":"1m,5m","current":{"text":"5m","value":"5m"}}"#) }
    CURRENT_MULTI { "current-multi", "step 23 keeps several values in a list and one outside", "grafana/grafana DashboardMigrator.ts (alignCurrentWithMulti)",
        variable([16, 37], r#"{"name":"v","type":"custom","multi":true,"current":{"text":"a","value":"a"}}"#, r#"{"name":"v","type":"custom","multi":true,"current":{"text":["a"],"value":["a"]}}"#),
        variable([16, 37], r#"{"name":"v","type":"custom","multi":true,"current":{"text":"a","value":"a"}}"#, r#"{"name":"v","type":"custom","multi":true,"current":{"text":["a"],"value":["b"]}}"#) }
    VARIABLE_QUERY_OBJECT { "variable-query-object", "a query's text is wrapped in an object", "grafana/grafana variables/query/reducer.ts; saves of 7.5 and 9.4",
        variable([16, 37], r#"{"name":"v","type":"query","query":"label_values(a)"}"#, r#"{"name":"v","type":"query","query":{"query":"label_values(a)","refId":"Prometheus-v-Variable-Query"}}"#),
        variable([16, 37], r#"{"name":"v","type":"query","query":"label_values(a)"}"#, r#"{"name":"v","type":"query","query":{"query":"label_values(b)","refId":"Prometheus-v-Variable-Query"}}"#) }
    VARIABLE_DEFINITION { "variable-definition", "the query as lists show it", "grafana/grafana variables/query/reducer.ts",
        variable([16, 37], r#"{"name":"v","type":"query","query":"label_values(a)"}"#, r#"{"name":"v","type":"query","query":"label_values(a)","definition":"label_values(a)"}"#),
        variable([16, 37], r#"{"name":"v","type":"query","query":"label_values(a)"}"#, r#"{"name":"v","type":"query","query":"label_values(a)","definition":"label_values(b)"}"#) }
    VARIABLE_HIDE { "variable-hide", "step 12 says in one setting what is hidden", "grafana/grafana DashboardMigrator.ts, v12.go",
        variable([11, 37], r#"{"name":"v","type":"query","hideLabel":true}"#, r#"{"name":"v","type":"query","hideLabel":true,"hide":1}"#),
        variable([11, 37], r#"{"name":"v","type":"query","hideLabel":true}"#, r#"{"name":"v","type":"query","hideLabel":true,"hide":2}"#) }
    VARIABLE_TAGS { "variable-tags", "step 28 removes tags of variables, which Grafana 8 gave up", "grafana/grafana DashboardMigrator.ts, v28.go",
        variable([16, 37], r#"{"name":"v","type":"query","useTags":true,"tagsQuery":"t"}"#, r#"{"name":"v","type":"query"}"#),
        variable([29, 37], r#"{"name":"v","type":"query","useTags":true,"tagsQuery":"t"}"#, r#"{"name":"v","type":"query"}"#) }
    VARIABLE_REFRESH { "variable-refresh", "step 29 loads a query's choices with the dashboard", "grafana/grafana DashboardMigrator.ts",
        variable([16, 37], r#"{"name":"v","type":"query","refresh":0}"#, r#"{"name":"v","type":"query","refresh":1}"#),
        variable([16, 37], r#"{"name":"v","type":"query","refresh":1}"#, r#"{"name":"v","type":"query","refresh":2}"#) }
    QUERY_REFRESH { "query-refresh", "a query variable that doesn't say when it asks is asked as the dashboard is loaded", "grafana/grafana variables/query/reducer.ts (initialQueryVariableModelState) of 8.0 to 11.1",
        variable([38, 39], r#"{"name":"v","type":"query","query":"q"}"#, r#"{"name":"v","type":"query","query":"q","refresh":1}"#),
        variable([38, 39], r#"{"name":"v","type":"query","query":"q"}"#, r#"{"name":"v","type":"query","query":"q","refresh":2}"#) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dashboard::compare::{Change, Comparison, Context, compare};

    /// Rules about what a page does when it is opened hold in the order of time only: nobody's save undoes it.
    const ONE_WAY: &[&str] = &[
        "grid-settles",
        "row-line",
        "whole-place",
        "no-intervals",
        "interval-list",
        "first-interval",
        "switch-text",
        "v2-spells-out",
        "repeat-width",
        "plugin-missing",
        "field-dropped",
        "not-in-scene",
        "not-rendered",
        "other-kind",
        "not-in-model",
        "alert-list",
        "canvas-defaults",
        "map-layer-names",
        "threshold-index",
        "palette-color",
        "retyped",
        "panel-source",
        "filled-in",
        "discrete",
        "byte-order-marks",
        "source-of-query",
        "query-editor",
        "query-refresh",
        "graph-unit",
        "nav",
        "alert-thresholds",
    ];

    fn run(rule: &Rule, example: &Example) -> Vec<Comparison> {
        let fill_in = r#"{"plugin":"someones-form-panel","path":"options.layout","value":"single"}"#;
        let context = Context::default().with_fill_ins(&[serde_json::from_str(fill_in).unwrap()]);
        let [before, after] = example.dashboards().map(|text| serde_json::from_str(&text).unwrap());
        let mut found = vec![compare(&before, &after, &context)];
        if !ONE_WAY.contains(&rule.id) {
            found.push(compare(&after, &before, &context));
        }
        found
    }

    #[test]
    fn every_rule_swallows_its_example_both_ways() {
        for rule in RULES {
            for found in run(rule, &rule.swallows) {
                // Opening a row is an edit; that everything below it moved is not.
                let toggle = |change: &&Change| rule.id == "row-toggle" && change.place.last_key() == Some("collapsed");
                // So is the choice of another visualization.
                let choice = |change: &&Change| rule.id == "retyped" && change.place.last_key() == Some("type");
                // And what a person edited in a query.
                let query = |change: &&Change| rule.id == "query-editor" && change.place.last_key() == Some("expr");
                let told = |change: &&Change| toggle(change) || choice(change) || query(change);
                let edits = found.changes.iter().filter(|change| !told(change)).count();
                assert_eq!(edits, 0, "{}: {:#?}", rule.id, found.changes);
                assert_eq!(
                    found.undecidable.is_empty(),
                    rule.id != "lossy-conversion",
                    "{}",
                    rule.id
                );
            }
        }
    }

    #[test]
    fn the_rule_that_swallows_an_example_is_the_rule_itself() {
        // No list of data sources in an example, and no pair without an edit that a browser's conversion leaves.
        let shown_elsewhere = ["datasource-list", "lossy-conversion"];
        for rule in RULES.iter().filter(|rule| !shown_elsewhere.contains(&rule.id)) {
            for found in run(rule, &rule.swallows) {
                assert!(
                    found.noise.iter().any(|noise| noise.rule.id == rule.id),
                    "{}: {:#?}",
                    rule.id,
                    found.noise
                );
            }
        }
    }

    #[test]
    fn no_rule_swallows_the_edit_beside_its_example() {
        for rule in RULES {
            for found in run(rule, &rule.keeps) {
                assert!(
                    !found.changes.is_empty(),
                    "{} hides an edit: {:#?}",
                    rule.id,
                    found.noise
                );
            }
        }
    }

    #[test]
    fn ids_are_unique() {
        let mut ids: Vec<&str> = RULES.iter().map(|rule| rule.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), RULES.len());
    }
}
