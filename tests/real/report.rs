//! The page that `drift -o html` makes, in a browser.

use std::collections::BTreeMap;

use libtest_mimic::{Failed, Trial};
use serde_json::{Value, json};

use super::browser::CHROMIUM;
use super::chromium::Browser;
use super::need::trial;
use super::scene::Scene;

type Test = fn() -> Result<(), Failed>;

pub fn trials() -> Vec<Trial> {
    let all: [(&str, Test); 7] = [
        ("a_hostile_title_is_a_text_in_the_report", hostile),
        ("the_reports_policy_lets_no_other_script_run", policy),
        ("the_report_is_filtered_by_its_address_and_by_a_person", filter),
        ("the_reports_keys_work", keys),
        ("the_report_needs_no_script", no_script),
        ("the_report_is_light_dark_and_paper", looks),
        ("the_report_draws_the_dashboard_and_leads_to_its_differences", drawn),
    ];
    let trials = all.into_iter().map(|(name, test)| trial(name, &CHROMIUM, test));
    trials.collect()
}

const HOSTILE: &str = "</title></code></script></details><script>window.owned=1</script><img src=x onerror=\"window.owned=2\">\
                       <a href=\"javascript:window.owned=3\">x</a><style>*{display:none}</style>\u{1b}[2J\u{202e}";

/// Three dashboards: one that somebody changed, one that isn't applied, one in sync.
fn report(title: &str) -> Result<(Scene, String), Failed> {
    let scene = Scene::new().with_grafana().with_repository();
    let dashboard = |uid: &str, title: &str, expr: &str| {
        json!({"uid": uid, "title": format!("{title} {uid}"), "panels": [{"id": 1, "type": "timeseries", "title": "Load",
            "gridPos": {"x": 0, "y": 0, "w": 12, "h": 8}, "targets": [{"refId": "A", "expr": expr}]}]})
    };
    let long = "sum(rate(container_cpu_usage_seconds_total{namespace=\"prod\"}[5m])) by (pod)";
    for (name, uid) in [("K/pods", "pods"), ("K/nodes", "nodes"), ("quiet", "quiet")] {
        scene.write(
            &format!("dashboards/{name}.json"),
            &dashboard(uid, title, long).to_string(),
        );
    }
    scene.run(&["apply"]).exit(0);
    let mut edited = scene.dashboard("pods").ok_or("no dashboard")?;
    edited["panels"][0]["title"] = json!(format!("{title} panel"));
    edited["panels"][0]["targets"][0]["expr"] = long.replace("5m", "1m").replace("rate(", "irate(").into();
    edited["panels"][0]["gridPos"]["y"] = json!(8);
    let folder = scene.meta("pods")["folderUid"].as_str().unwrap_or_default().to_owned();
    scene.save_by_hand(&edited, &folder, &format!("{title} message"));
    scene.write("dashboards/K/nodes.json", &dashboard("nodes", title, "up").to_string());
    scene.run(&["drift", "-o", "html=report.html"]).exit(2);
    let url = format!("file://{}", scene.path("report.html").display());
    Ok((scene, url))
}

/// How many elements of each kind a page has.
fn elements(browser: &mut Browser) -> Result<BTreeMap<String, u64>, Failed> {
    let counted = "JSON.stringify([...document.querySelectorAll('*')].reduce((all, one) => \
                   ({...all, [one.localName]: (all[one.localName] ?? 0) + 1}), {}))";
    match browser.evaluate(counted)? {
        Value::String(text) => Ok(serde_json::from_str(&text)?),
        other => Err(format!("{other}").into()),
    }
}

fn hostile() -> Result<(), Failed> {
    let mut browser = Browser::start()?;
    let (_plain, plain) = report("Pods")?;
    browser.open(&plain)?;
    let wanted = elements(&mut browser)?;
    let (_scene, url) = report(HOSTILE)?;
    browser.open(&url)?;
    browser.expect("window.owned === undefined")?;
    browser.expect("document.title.includes('of 3 dashboards')")?;
    browser.expect("document.querySelectorAll('script').length === 1")?;
    browser.expect("document.querySelectorAll('img, [onerror], [href^=\"javascript\"]').length === 0")?;
    browser.expect("getComputedStyle(document.body).display === 'block'")?;
    // The text is there, as a text.
    browser.expect("document.body.textContent.includes('<script>window.owned=1</script><img src=x')")?;
    let links = "[...document.querySelectorAll('a:not(svg a)')].every((a) => a.protocol === 'http:' && a.hostname === '127.0.0.1')";
    browser.expect(links)?;
    browser.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")?;
    browser.picture("hostile.png")?;
    // Long texts are told by the words that differ, which is all that may be more.
    let mut found = elements(&mut browser)?;
    for tag in ["del", "ins", "code", "div", "span"] {
        found.remove(tag);
    }
    for (tag, number) in found {
        if wanted.get(&tag) != Some(&number) {
            return Err(format!(
                "{number} elements {tag}, and {:?} with a harmless title",
                wanted.get(&tag)
            )
            .into());
        }
    }
    match browser.complaints.is_empty() {
        true => Ok(()),
        false => Err(browser.complaints.join("\n").into()),
    }
}

/// The second wall: even what would get into the page could not run.
fn policy() -> Result<(), Failed> {
    let (_scene, url) = report("Pods")?;
    let mut browser = Browser::start()?;
    browser.open(&url)?;
    for attack in [
        "document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=\"window.owned=1\">')",
        "document.body.append(Object.assign(document.createElement('script'), {textContent: 'window.owned=2'}))",
        "document.body.insertAdjacentHTML('beforeend', '<b id=styled style=\"position:fixed\">x</b>')",
        "document.body.append(Object.assign(document.createElement('script'), {src: 'data:text/javascript,window.owned=3'}))",
    ] {
        browser.evaluate(&format!("void {attack}"))?;
    }
    std::thread::sleep(std::time::Duration::from_millis(300));
    browser.expect("window.owned === undefined")?;
    browser.expect("getComputedStyle(document.querySelector('#styled')).position === 'static'")?;
    match browser.complaints.len() {
        0 => Err("the browser refused nothing".into()),
        _ => Ok(()),
    }
}

const SHOWN: &str = "[...document.querySelectorAll('.entry:not([hidden]) .name')].map((one) => one.textContent).join()";

fn filter() -> Result<(), Failed> {
    let (_scene, url) = report("Pods")?;
    let mut browser = Browser::start()?;
    let shown = |browser: &mut Browser, names: &str| match browser.evaluate(SHOWN)? {
        Value::String(found) if found == names => Ok(()),
        other => Err(Failed::from(format!("{other} is shown, and {names:?} should be"))),
    };
    browser.open(&url)?;
    shown(&mut browser, "K/pods,K/nodes")?;
    browser.open(&format!("{url}#state=drift"))?;
    shown(&mut browser, "K/pods")?;
    browser.expect("document.querySelector('[data-of=drift]').getAttribute('aria-pressed') === 'true'")?;
    browser.open(&format!("{url}#q=k%2Fnodes+container"))?;
    shown(&mut browser, "K/nodes")?;
    browser.open(&format!("{url}#q=nothing+has+this"))?;
    shown(&mut browser, "")?;
    browser.expect("!document.querySelector('#none').hidden")?;
    browser.open(&format!("{url}#state=in-sync"))?;
    shown(&mut browser, "")?;
    browser.expect(
        "document.querySelector('.well').open && document.querySelectorAll('.well li:not([hidden])').length === 1",
    )?;
    // By a person: the address follows.
    browser.open(&url)?;
    browser.press("/")?;
    browser.type_in("K/NODES")?;
    shown(&mut browser, "K/nodes")?;
    browser.expect("location.hash === '#q=K%2FNODES'")?;
    browser.expect("document.querySelector('#shown').textContent === '1 of 3 shown'")?;
    browser.press("Escape")?;
    shown(&mut browser, "K/pods,K/nodes")?;
    browser.expect("location.hash === ''")?;
    browser.evaluate("document.querySelector('[data-of=pending]').click()")?;
    shown(&mut browser, "K/nodes")?;
    browser.expect("location.hash === '#state=pending'")
}

fn keys() -> Result<(), Failed> {
    let (_scene, url) = report("Pods")?;
    let mut browser = Browser::start()?;
    browser.open(&url)?;
    let focused = "document.activeElement.closest('.entry')?.querySelector('.name').textContent";
    let opened = "[...document.querySelectorAll('.entry')].map((one) => one.open).join()";
    for (key, name) in [
        ("j", "K/pods"),
        ("j", "K/nodes"),
        ("j", "K/nodes"),
        ("k", "K/pods"),
        ("ArrowDown", "K/nodes"),
        ("ArrowUp", "K/pods"),
    ] {
        browser.press(key)?;
        browser.expect(&format!("{focused} === '{name}'"))?;
    }
    for (key, open) in [
        ("Enter", "true,false"),
        ("Enter", "false,false"),
        (" ", "true,false"),
        ("a", "true,true"),
        ("a", "false,false"),
    ] {
        browser.press(key)?;
        browser.expect(&format!("{opened} === '{open}'"))?;
    }
    browser.press("?")?;
    browser.expect("document.querySelector('#help').open")?;
    browser.picture("help.png")?;
    browser.press("j")?;
    browser.expect("document.querySelector('#help').open")?;
    browser.press("Escape")?;
    browser.expect("!document.querySelector('#help').open")?;
    browser.press("/")?;
    browser.expect("document.activeElement.id === 'find'")?;
    // In the field, letters are letters.
    for key in ["j", "/", "?", "a"] {
        browser.press(key)?;
    }
    browser.expect("document.querySelector('#find').value === 'j/?a'")?;
    browser.expect("!document.querySelector('#help').open")?;
    browser.press("Escape")?;
    browser.expect("document.querySelector('#find').value === ''")?;
    match browser.complaints.is_empty() {
        true => Ok(()),
        false => Err(browser.complaints.join("\n").into()),
    }
}

fn no_script() -> Result<(), Failed> {
    let (_scene, url) = report("Pods")?;
    let mut browser = Browser::start()?;
    browser.ask("Emulation.setScriptExecutionDisabled", json!({"value": true}))?;
    browser.ask("Page.navigate", json!({"url": url}))?;
    std::thread::sleep(std::time::Duration::from_millis(700));
    let html = browser.html()?;
    let has = |html: &str, part: &str| match html.contains(part) {
        true => Ok(()),
        false => Err(Failed::from(format!("no {part:?}:\n{html}"))),
    };
    // What takes a script isn't offered.
    has(&html, "<div class=\"tools\" role=\"search\" hidden=\"\">")?;
    has(&html, "<details class=\"entry changed\" data-state=\"drift\">")?;
    let quads = browser.ask("DOM.getDocument", json!({"depth": 0}))?;
    let summary = browser.ask(
        "DOM.querySelector",
        json!({"nodeId": quads["root"]["nodeId"], "selector": ".entry > summary"}),
    )?;
    let shape = browser.ask("DOM.getBoxModel", json!({"nodeId": summary["nodeId"]}))?;
    let corner = |at: usize| shape["model"]["border"][at].as_f64().unwrap_or_default() as u32;
    browser.click(corner(0) + 120, corner(1) + 10)?;
    std::thread::sleep(std::time::Duration::from_millis(200));
    let html = browser.html()?;
    has(
        &html,
        "<details class=\"entry changed\" data-state=\"drift\" open=\"\">",
    )?;
    browser.picture("no-script.png")
}

fn looks() -> Result<(), Failed> {
    let (_scene, url) = report("Pods")?;
    let mut browser = Browser::start()?;
    let ground = "getComputedStyle(document.documentElement).backgroundColor";
    let mut grounds = Vec::new();
    for scheme in ["light", "dark"] {
        browser.media("screen", scheme)?;
        browser.open(&url)?;
        browser.press("j")?;
        browser.press("Enter")?;
        browser.expect("document.querySelectorAll('.entry[open] ins, .entry[open] del').length > 1")?;
        grounds.push(browser.evaluate(ground)?);
        browser.picture(&format!("{scheme}.png"))?;
    }
    if grounds[0] == grounds[1] {
        return Err(format!("light and dark are both {}", grounds[0]).into());
    }
    browser.media("print", "light")?;
    browser.expect("getComputedStyle(document.querySelector('.tools')).display === 'none'")?;
    browser.expect(&format!("{ground} === 'rgb(255, 255, 255)'"))?;
    // On paper, what is closed is open.
    browser.open(&url)?;
    let printed = browser.ask("Page.printToPDF", json!({}))?;
    browser.expect("document.querySelectorAll('.entry[open]').length === 0")?;
    if printed["data"].as_str().is_none_or(|data| data.len() < 10_000) {
        return Err("nothing was printed".into());
    }
    browser.media("screen", "light")?;
    browser.ask(
        "Emulation.setDeviceMetricsOverride",
        json!({"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true}),
    )?;
    browser.open(&url)?;
    browser.expect("document.documentElement.scrollWidth <= 390")?;
    browser.picture("phone.png")
}

/// By mouse, by keyboard, on a phone and on paper; also with hundreds of panels.
fn drawn() -> Result<(), Failed> {
    let (scene, url) = report("Pods")?;
    let mut browser = Browser::start()?;
    browser.open(&url)?;
    browser.press("j")?;
    browser.press("Enter")?;
    let panel = ".entry[open] .plan .panel.changed";
    browser.expect(&format!("document.querySelectorAll('{panel}').length === 1"))?;
    browser.expect("document.querySelectorAll('.entry[open] .plan .way line').length === 1")?;
    browser.expect(&format!(
        "document.querySelector('{panel} title').textContent.includes('(timeseries)')"
    ))?;
    let centre = format!(
        "(() => {{ const box = document.querySelector('{panel} a > rect').getBoundingClientRect(); \
         return JSON.stringify([box.x + box.width / 2, box.y + box.height / 2]) }})()"
    );
    let Value::String(at) = browser.evaluate(&centre)? else {
        return Err("the panel isn't drawn".into());
    };
    let [x, y]: [f64; 2] = serde_json::from_str(&at)?;
    browser.click(x as u32, y as u32)?;
    browser.expect("/^#s\\d+e\\d+p0c0$/.test(location.hash)")?;
    browser.expect("document.querySelector('.changes > li:target') !== null")?;
    // The filter is left as it was.
    browser.expect("document.querySelectorAll('.entry:not([hidden])').length === 2")?;
    browser.evaluate("history.replaceState(null, '', location.pathname)")?;
    browser.evaluate(&format!("document.querySelector('{panel} a').focus()"))?;
    browser.press("Enter")?;
    browser.expect("/^#s\\d+e\\d+p0c0$/.test(location.hash)")?;
    browser.picture("drawn.png")?;
    browser.media("print", "light")?;
    browser.expect("getComputedStyle(document.querySelector('.plan')).maxHeight === 'none'")?;
    browser.media("screen", "dark")?;
    let phone = json!({"width": 390, "height": 844, "deviceScaleFactor": 1, "mobile": true});
    browser.ask("Emulation.setDeviceMetricsOverride", phone)?;
    browser.open(&url)?;
    browser.evaluate("document.querySelectorAll('details').forEach((one) => { one.open = true })")?;
    browser.expect("document.documentElement.scrollWidth <= 390")?;
    browser.picture("drawn-phone.png")?;
    // 300 panels in 30 rows, one of which differs: what nobody touched is a line a row.
    let many = |title: &str| {
        let mut panels = Vec::new();
        for row in 0..30 {
            panels.push(
                json!({"id": 1000 + row, "type": "row", "title": format!("Row {row}"), "panels": [],
                "gridPos": {"x": 0, "y": row * 30, "w": 24, "h": 1}}),
            );
            panels.extend((0..10).map(|at| {
                let title = if (row, at) == (17, 3) { title } else { "Panel" };
                json!({"id": row * 10 + at + 1, "type": "stat", "title": title,
                    "gridPos": {"x": at % 4 * 6, "y": row * 30 + 1 + at / 4 * 8, "w": 6, "h": 8}})
            }));
        }
        json!({"title": "Many", "uid": "many", "schemaVersion": 39, "panels": panels}).to_string()
    };
    scene.write("before.json", &many("Panel"));
    scene.write("after.json", &many("Another"));
    scene
        .run(&["diff", "before.json", "after.json", "-o", "html=many.html"])
        .exit(2);
    browser.ask("Emulation.clearDeviceMetricsOverride", json!({}))?;
    browser.open(&format!("file://{}", scene.path("many.html").display()))?;
    browser.expect("document.querySelectorAll('.plan .panel').length === 10")?;
    browser.expect("document.querySelectorAll('.plan .band').length === 30")?;
    match browser.complaints.is_empty() {
        true => Ok(()),
        false => Err(browser.complaints.join("\n").into()),
    }
}
