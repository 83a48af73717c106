"use strict";
(() => {
  const $ = (selector) => document.querySelector(selector);
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  const rows = all("#ledger tbody tr").map((row) => ({
    row,
    text: row.textContent.toLowerCase(),
    group: row.closest("details"),
    kind: row.dataset.k,
    side: row.dataset.s,
    level: row.dataset.l,
  }));
  const groups = all("#ledger details.group");
  const form = $("form.filter");
  const [query, operation, side, level] = ["#q", "#op", "#side", "#level"].map($);
  const outcomes = all("input[name=outcome]");

  const apply = () => {
    const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
    const kinds = new Set(outcomes.filter((box) => box.checked).map((box) => box.value));
    const active = words.length > 0 || kinds.size > 0 || Boolean(operation.value || side.value || level.value);
    const hits = new Map();
    let count = 0;
    for (const item of rows) {
      const hit =
        (!operation.value || item.group.dataset.op === operation.value) &&
        (!side.value || item.side === side.value) &&
        (!level.value || item.level === level.value) &&
        (kinds.size === 0 || kinds.has(item.kind)) &&
        words.every((word) => item.text.includes(word));
      item.row.hidden = !hit;
      if (hit) {
        count += 1;
        hits.set(item.group, (hits.get(item.group) || 0) + 1);
      }
    }
    for (const group of groups) {
      group.hidden = !hits.has(group);
      group.open = active && hits.has(group);
    }
    $("#found").textContent = active ? `${count} of ${rows.length} requirements` : `${rows.length} requirements`;
  };

  let pending = 0;
  const soon = () => {
    clearTimeout(pending);
    pending = setTimeout(apply, 120);
  };

  form.hidden = false;
  form.addEventListener("input", soon);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  apply();

  const openTo = (id) => {
    const target = document.getElementById(id);
    if (!target) return;
    for (let node = target; node; node = node.parentElement) {
      if (node.localName === "details") node.open = true;
    }
    target.scrollIntoView();
  };

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-op]");
    if (link) {
      event.preventDefault();
      form.reset();
      operation.value = link.dataset.op;
      side.value = link.dataset.side || "";
      apply();
      $("#ledger").scrollIntoView();
      query.focus({ preventScroll: true });
      return;
    }
    const button = event.target.closest("button.copy");
    if (button) copy(button);
  });
  addEventListener("hashchange", () => openTo(location.hash.slice(1)));
  if (location.hash) openTo(location.hash.slice(1));

  const copy = async (button) => {
    const code = button.parentElement.querySelector("code");
    let done = true;
    try {
      await navigator.clipboard.writeText(code.textContent);
    } catch {
      getSelection().selectAllChildren(code);
      done = document.execCommand("copy");
    }
    const label = button.firstChild;
    label.textContent = done ? "Copied" : "Press Ctrl+C";
    setTimeout(() => (label.textContent = "Copy"), 1500);
  };

  document.addEventListener("keydown", (event) => {
    const typing = /^(input|select|textarea)$/.test(event.target.localName);
    if (event.key === "/" && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      query.focus();
    }
    if (event.key === "Escape" && event.target === query) form.reset();
  });

  const theme = $("#theme");
  const themes = [["", "follow the system"], ["light", "light"], ["dark", "dark"]];
  let chosen = 0;
  theme.hidden = false;
  theme.addEventListener("click", () => {
    chosen = (chosen + 1) % themes.length;
    document.documentElement.dataset.theme = themes[chosen][0];
    theme.querySelector(".sr").textContent = `: ${themes[chosen][1]}`;
    theme.title = themes[chosen][1];
  });
})();
