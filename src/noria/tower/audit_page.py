"""The page of the audit, as the server carries it: no build, both languages, any width."""

from noria.kit.docs import HEADERS as HEADERS  # noqa: PLC0414 - the page is served with them

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Noria: audit</title>
<link rel="icon" type="image/png" href="/docs/assets/favicon-32x32.png">
<style>
:root { --ink: #1b1f24; --soft: #59636e; --line: #d8dee4; --good: #1a7f37; --bad: #b3261e;
  --wait: #7a5300; --paper: #fff; --shade: #f6f8fa; color-scheme: light dark }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6edf3; --soft: #9aa4af; --line: #30363d; --good: #4fc26b; --bad: #ff8a80;
    --wait: #e0b341; --paper: #0d1117; --shade: #161b22 }
}
* { box-sizing: border-box } [hidden] { display: none !important }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
  max-width: 72em; margin: 0 auto; padding: 1em }
header { display: flex; flex-wrap: wrap; gap: 0.5em 1em; align-items: baseline }
header h1 { margin: 0; flex: 1 }
h2 { font-size: 1.1em; margin: 2em 0 0.5em }
button, input { font: inherit; padding: 0.45em 0.9em; border: 1px solid var(--line);
  border-radius: 6px; background: var(--shade); color: inherit }
button { cursor: pointer } button:disabled { opacity: 0.55; cursor: default }
:focus-visible { outline: 3px solid #4c8dff; outline-offset: 2px }
#verdict { border: 1px solid var(--line); border-left: 6px solid var(--wait); border-radius: 6px;
  padding: 0.8em 1em; margin: 1em 0 }
#verdict.good { border-left-color: var(--good) } #verdict.bad { border-left-color: var(--bad) }
#verdict p { margin: 0.2em 0 } #verdict strong { font-size: 1.15em }
.soft { color: var(--soft); font-size: 0.9em }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
.good { color: var(--good) } .bad { color: var(--bad) }
#verdict.good, #verdict.bad { color: inherit }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: 0.45em 0.6em; border-bottom: 1px solid var(--line);
  vertical-align: top }
th { color: var(--soft); font-weight: 600; font-size: 0.85em } th.number { text-align: right }
#under_way { margin: 1em 0 } #under_way p { margin: 0 0 0.3em }
progress { appearance: none; width: 100%; height: 0.6em; border: 0; border-radius: 6px;
  background: var(--line); overflow: hidden }
progress::-webkit-progress-bar { background: var(--line) }
progress::-webkit-progress-value { background: #4c8dff }
progress::-moz-progress-bar { background: #4c8dff }
code { font: 0.9em ui-monospace, monospace; overflow-wrap: anywhere }
code.name { white-space: nowrap }
form { display: grid; gap: 0.6em; max-width: 22em } label { display: grid; gap: 0.2em }
@media (max-width: 45em) {
  thead { position: absolute; left: -999em }
  tr { display: flex; flex-wrap: wrap; gap: 0.2em 1em; padding: 0.6em 0;
    border-bottom: 1px solid var(--line) }
  td { flex: 1 1 40%; border: 0; padding: 0; text-align: left }
  td.number { text-align: left } td.wide { flex-basis: 100% }
  td::before { content: attr(data-name); color: var(--soft); font-size: 0.85em;
    margin-right: 0.5em }
}
</style>
</head>
<body>
<header>
<h1 data-word="title">Audit</h1>
<button id="language" type="button">Français</button>
</header>
<main aria-live="polite">
<section id="verdict"><p><strong id="says">…</strong></p><p id="more" class="soft"></p></section>
<section id="under_way" hidden><p id="how_far"></p>
<progress id="bar" aria-labelledby="how_far"></progress></section>
<p id="acts" hidden><button id="run" type="button" data-word="run"></button></p>
<form id="log_in" hidden>
<label><span data-word="email"></span>
<input name="email" type="email" autocomplete="username" required></label>
<label><span data-word="password"></span>
<input name="password" type="password" autocomplete="current-password" required></label>
<button data-word="log_in"></button>
</form>
<section id="found" hidden><h2 data-word="differences"></h2><div id="findings"></div></section>
<section id="asked" hidden><h2 data-word="checks"></h2><div id="checks"></div></section>
<section id="before" hidden><h2 data-word="history"></h2><div id="runs"></div></section>
</main>
<noscript><p>This page needs JavaScript; <a href="/v1/audit">/v1/audit</a> does not. ·
Cette page demande JavaScript ; <a href="/v1/audit">/v1/audit</a> non.</p></noscript>
<script src="/docs/assets/audit.js"></script>
</body>
</html>
"""

SCRIPT = """\
"use strict";
const WORDS = {
  en: {
    title: "Audit", other: "Français", run: "Audit everything now", email: "E-mail",
    password: "Password", log_in: "Log in", differences: "Differences", checks: "What was asked",
    history: "Audits before", away: "The server does not answer.", again: "It is asked again soon.",
    stranger: "Log in to see the audit.", loading: "Asking…", running: "An audit is under way",
    waiting: "An audit waits for the worker.", failed: "The latest audit failed:",
    never: "Nothing was compared so far, so nothing is known to be right.",
    cut: "The first of them are shown; GET /v1/audit/runs/{id}/findings lists the others.",
    check: "Check", where: "Where", expected: "Expected", found: "Found", movement: "Movement",
    question: "Question", compared: "Compared", count: "Differences", began: "Began",
    scope: "Scope", took: "Took", result: "Result", all: "everything", touched: "what was touched",
    none: "none", noFindings: "No difference.", underWay: "under way", hasFailed: "failed",
    full: "full", ended: "Ended", skus: "SKUs", rest: "what is asked of everything",
  },
  fr: {
    title: "Audit", other: "English", run: "Tout auditer maintenant", email: "E-mail",
    password: "Mot de passe", log_in: "Se connecter", differences: "Écarts",
    checks: "Ce qui a été vérifié", history: "Audits précédents",
    away: "Le serveur ne répond pas.", again: "Nouvel essai sous peu.",
    stranger: "Connectez-vous pour voir l'audit.", loading: "Demande en cours…",
    running: "Un audit est en cours", waiting: "Un audit attend le processus de fond.",
    failed: "Le dernier audit a échoué\\u202f:",
    never: "Rien n'a été comparé\\u202f: rien n'est donc réputé juste.",
    cut: "Les premiers sont montrés\\u202f; GET /v1/audit/runs/{id}/findings donne les autres.",
    check: "Contrôle", where: "Où", expected: "Attendu", found: "Trouvé", movement: "Mouvement",
    question: "Question", compared: "Comparés", count: "Écarts", began: "Début",
    scope: "Étendue", took: "Durée", result: "Résultat", all: "tout", touched: "ce qui a bougé",
    none: "aucun", noFindings: "Aucun écart.", underWay: "en cours", hasFailed: "échoué",
    full: "complet", ended: "Fin", skus: "SKU", rest: "ce qui se vérifie sur l'ensemble",
  },
};
const by = (id) => document.getElementById(id);
let language = (navigator.language || "en").startsWith("fr") ? "fr" : "en";
let shown = { state: "loading" };
let asked = false;

const word = (name) => WORDS[language][name];
const number = (value) => new Intl.NumberFormat(language).format(value);
const moment = (text) => new Date(text).toLocaleString(language);

function took(run) {
  if (!run.ended_at) return word("underWay");
  const s = (new Date(run.ended_at) - new Date(run.began_at)) / 1000;
  return new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(s) + " s";
}

function element(name, text, kind) {
  const made = document.createElement(name);
  if (text !== undefined) made.textContent = text;
  if (kind) made.className = kind;
  return made;
}

/** A table of rows; each column is [name, (row) => text or node, class]. */
function table(columns, rows) {
  const made = element("table"), head = element("thead"), body = element("tbody");
  const line = head.appendChild(element("tr"));
  for (const [name, , kind] of columns) line.append(element("th", word(name), kind));
  for (const row of rows) {
    const into = body.appendChild(element("tr"));
    for (const [name, show, kind] of columns) {
      const cell = into.appendChild(element("td", undefined, kind));
      const content = show(row);
      cell.dataset.name = word(name);
      cell.append(content instanceof Node ? content : element("span", content));
    }
  }
  made.append(head, body);
  return made;
}

function put(id, section, content) {
  by(section).hidden = !content;
  by(id).replaceChildren(...(content ? [content] : []));
}

function result(run) {
  if (run.failure) return element("span", word("hasFailed"), "bad");
  if (!run.ended_at) return element("span", word("underWay"));
  return element("span", number(run.differences), run.differences ? "bad" : "good");
}

function verdict() {
  if (shown.state !== "audit") {
    const says = shown.says || word(shown.state);
    return [says, shown.state === "away" ? word("again") : shown.todo || "", ""];
  }
  const { last, latest, says, is_clean } = shown.audit;
  const parts = [];
  if (!last) parts.push(word("never"));
  else parts.push(`${word("ended")} ${moment(last.ended_at)} · ${took(last)} · ` +
    `${number(last.skus_done)} ${word("skus")}`);
  if (latest && latest.failure) parts.push(`${word("failed")} ${latest.failure[language]}`);
  else if (asked) parts.push(word("waiting"));
  return [says[language], parts.join(" · "), last ? (is_clean ? "good" : "bad") : ""];
}

/** The bar of the audit that is under way: SKUs first, then what is asked of everything. */
function bar(run) {
  by("under_way").hidden = !run;
  if (!run) return;
  const share = run.skus ? Math.min(run.skus_done / run.skus, 1) : 1;
  const percent = new Intl.NumberFormat(language, { style: "percent" }).format(share);
  by("bar").max = 1;
  by("bar").value = share;
  by("how_far").textContent = share < 1
    ? `${word("running")} · ${percent} · ${number(run.skus_done)} / ${number(run.skus)} ` +
      word("skus")
    : `${word("running")} · ${word("rest")}`;
}

function draw() {
  document.documentElement.lang = language;
  by("language").textContent = word("other");
  for (const one of document.querySelectorAll("[data-word]"))
    one.textContent = word(one.dataset.word);
  const [says, more, kind] = verdict();
  by("says").textContent = says;
  by("more").textContent = more;
  by("verdict").className = kind;
  const audit = shown.state === "audit" ? shown.audit : null;
  const latest = audit && audit.latest;
  bar(latest && !latest.ended_at ? latest : null);
  by("log_in").hidden = shown.state !== "stranger";
  by("acts").hidden = !audit;
  by("run").disabled = Boolean(latest && !latest.ended_at) || asked;
  put("findings", "found", audit && audit.last && findings(audit));
  put("checks", "asked", audit && audit.last && table([
    ["question", (row) => row.question[language], "wide"],
    ["check", (row) => element("code", row.name, "name"), "wide"],
    ["compared", (row) => `${number(row.compared)}`, "number"],
    ["count", differences, "number"],
  ], audit.checks));
  put("runs", "before", audit && shown.runs.length > 0 && table([
    ["began", (run) => moment(run.began_at)],
    ["scope", (run) => word(run.is_full ? "all" : "touched")],
    ["took", took, "number"],
    ["result", result, "number"],
  ], shown.runs));
}

/** Nothing is said to be right where there was nothing to compare. */
function differences(row) {
  if (!row.compared && !row.differences) return element("span", "\\u2013", "soft");
  return element("span", number(row.differences), row.differences ? "bad" : "good");
}

function findings(audit) {
  if (!audit.findings.length) return element("p", word("noFindings"), "soft");
  const made = element("div");
  made.append(table([
    ["check", (row) => element("code", row.check, "name")],
    ["where", (row) => element("code", row.subject), "wide"],
    ["expected", (row) => row.expected, "number"],
    ["found", (row) => row.found, "number"],
    ["movement", (row) => row.movement ? element("code", row.movement) : word("none"), "wide"],
  ], audit.findings));
  if (audit.last.differences > audit.findings.length)
    made.append(element("p", word("cut").replace("{id}", audit.last.id), "soft"));
  return made;
}

async function ask(address, options = {}) {
  const token = document.cookie.match(/(?:^|; )noria_csrf=([^;]*)/);
  const headers = { Accept: "application/json", "Accept-Language": language };
  if (options.body) headers["Content-Type"] = "application/json";
  if (token) headers["X-CSRF-Token"] = decodeURIComponent(token[1]);
  const answer = await fetch(address, { ...options, headers });
  const content = await answer.json();
  if (!answer.ok) throw Object.assign(new Error(content.detail), { answer, content });
  return content;
}

function fail(problem) {
  if (!problem.answer) shown = { state: "away" };
  else if (problem.answer.status === 401)
    shown = { state: "stranger", says: shown.state === "stranger" ? problem.message : undefined };
  else shown = { state: "refused", says: problem.message, todo: problem.content.todo };
}

async function look() {
  try {
    const [audit, runs] = await Promise.all([ask("/v1/audit"), ask("/v1/audit/runs?limit=20")]);
    if (asked && audit.latest && audit.latest.id === asked) asked = false;
    shown = { state: "audit", audit, runs: runs.items };
  } catch (problem) {
    if (!(problem.answer && problem.answer.status === 401 && shown.state === "stranger"))
      fail(problem);
  }
  draw();
}

by("language").addEventListener("click", () => {
  language = language === "en" ? "fr" : "en";
  draw();
});
by("run").addEventListener("click", async () => {
  try {
    const body = JSON.stringify({ is_full: true });
    asked = (await ask("/v1/audit/runs", { method: "POST", body })).id;
  } catch (problem) {
    fail(problem);
  }
  await look();
});
by("log_in").addEventListener("submit", async (event) => {
  event.preventDefault();
  const body = JSON.stringify(Object.fromEntries(new FormData(event.target)));
  try {
    await ask("/v1/sessions", { method: "POST", body });
    event.target.reset();
    shown = { state: "loading" };
    await look();
  } catch (problem) {
    fail(problem);
    draw();
  }
});
draw();
/** Often while an audit is under way, now and then otherwise. */
async function keepLooking() {
  await look();
  const { latest } = shown.audit || {};
  setTimeout(keepLooking, asked || (latest && !latest.ended_at) ? 1000 : 5000);
}
keepLooking();
"""
