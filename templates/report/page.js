"use strict";
(() => {
  const one = (selector) => document.querySelector(selector);
  const all = (selector) => [...document.querySelectorAll(selector)];
  const find = one("#find");
  const chips = all(".chip");
  const items = all("[data-state]");
  const entries = all(".entry");
  const wells = all(".well");
  const texts = new Map(items.map((item) => [item, item.textContent.toLowerCase()]));

  const wanted = () => chips.filter((chip) => chip.getAttribute("aria-pressed") === "true").map((chip) => chip.dataset.of);
  const visible = () => entries.filter((entry) => !entry.hidden);
  const current = () => document.activeElement?.closest?.(".entry > summary")?.parentElement;

  function filter() {
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const states = wanted();
    const active = words.length > 0 || states.length > 0;
    let shown = 0;
    for (const item of items) {
      const matches = (states.length === 0 || states.includes(item.dataset.state)) && words.every((word) => texts.get(item).includes(word));
      item.hidden = !matches;
      shown += matches ? 1 : 0;
    }
    for (const well of wells) {
      const left = well.querySelectorAll("li:not([hidden])").length;
      well.hidden = left === 0;
      if (active) well.open = left > 0;
    }
    for (const section of all("main > section")) {
      section.hidden = active && !section.querySelector("[data-state]:not([hidden])");
    }
    one("#none").hidden = shown > 0 || items.length === 0;
    one("#shown").textContent = active ? `${shown} of ${items.length} shown` : "";
    label();
  }

  function keep() {
    const parameters = new URLSearchParams();
    if (find.value) parameters.set("q", find.value);
    if (wanted().length) parameters.set("state", wanted().join(","));
    const hash = parameters.toString();
    history.replaceState(null, "", hash ? `#${hash}` : location.pathname + location.search);
  }

  function restore() {
    // An address of one difference is no filter.
    if (/^#s\d/.test(location.hash)) return filter();
    const parameters = new URLSearchParams(location.hash.slice(1));
    const states = (parameters.get("state") ?? "").split(",");
    find.value = parameters.get("q") ?? "";
    for (const chip of chips) chip.setAttribute("aria-pressed", String(states.includes(chip.dataset.of)));
    filter();
  }

  function clear() {
    find.value = "";
    for (const chip of chips) chip.setAttribute("aria-pressed", "false");
    filter();
    keep();
  }

  const allOpen = () => visible().length > 0 && visible().every((entry) => entry.open);
  const label = () => { one("#all").textContent = allOpen() ? "Close all" : "Open all"; };

  function toggleAll() {
    const open = !allOpen();
    for (const entry of visible()) entry.open = open;
  }

  function step(by) {
    const list = visible();
    if (list.length === 0) return;
    const at = list.indexOf(current());
    const next = at < 0 ? (by > 0 ? 0 : list.length - 1) : Math.min(Math.max(at + by, 0), list.length - 1);
    const summary = list[next].querySelector("summary");
    summary.focus();
    summary.scrollIntoView({ block: "nearest" });
  }

  function help() {
    const dialog = one("#help");
    if (dialog.open) dialog.close(); else dialog.showModal();
  }

  function focusFind() {
    find.focus();
    find.select();
  }

  const keys = {
    "/": focusFind,
    j: () => step(1),
    k: () => step(-1),
    ArrowDown: () => step(1),
    ArrowUp: () => step(-1),
    a: toggleAll,
    Escape: clear,
    "?": help,
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (one("#help").open) {
      if (event.key === "?") { event.preventDefault(); help(); }
      return;
    }
    if (event.target === find) {
      if (event.key === "Escape") { event.preventDefault(); clear(); find.blur(); }
      if (event.key === "Enter" || event.key === "ArrowDown") { event.preventDefault(); step(1); }
      return;
    }
    // Enter and Space are the browser's own: the focus is on what they open.
    const action = keys[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  });

  find.addEventListener("input", () => { filter(); keep(); });
  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      filter();
      keep();
    });
  }
  for (const entry of entries) entry.addEventListener("toggle", label);
  one("#all").addEventListener("click", toggleAll);
  one("#keys").addEventListener("click", help);
  one("#clear").addEventListener("click", clear);
  window.addEventListener("hashchange", restore);

  // On paper, everything that is shown is open.
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = visible().filter((entry) => !entry.open);
    for (const entry of closed) entry.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const entry of closed) entry.open = false;
  });

  one(".tools").hidden = false;
  one(".legend").hidden = true;
  restore();
})();
