// The page: one loop of events → state → view. The views are pure; this file has the effects.

import { html, nothing, render } from './lit/lit-html.js';
import { copy, curl, mayWrite, request, takeToken, why } from './api.js';
import { attentionView, bulkDialog, fieldsOf, letterDialog, operateDialog, pathOf } from './attention.js';
import { faultsView, partDialog } from './faults.js';
import { flowView } from './flow.js';
import { count, percent, shortId, since, span, stateWords } from './format.js';
import { clear, send } from './motion.js';
import { labView } from './lab.js';
import { listView, placeView } from './orders.js';
import { orderView, pathView } from './order.js';
import { sloView } from './slo.js';
import { EMPTY, lowestBudget, needs, reduce } from './store.js';
import { connect } from './stream.js';

const VIEWS = [['flow', 'Flow'], ['orders', 'Orders'], ['attention', 'Attention'], ['faults', 'Faults'],
  ['slo', 'SLO'], ['lab', 'Lab']];
const THEMES = ['auto', 'light', 'dark'];
const SAY_EVERY_MS = 5_000;

let live = EMPTY;
let frozen = null; // the state that is shown while paused, { state, at, events }
const ui = {
  view: 'flow', orderId: null, detail: null, detailFault: null, tab: 'compact',
  kind: 'completes', writes: false, note: '', dialog: null, outcomes: {}, log: null, reports: null,
  slo: null, sloFault: null,
  operator: sessionStorage.getItem('converge-operator') ?? '',
  theme: localStorage.getItem('converge-theme') ?? 'auto',
};

// --- effects that views may cause ---

const actions = {
  chooseKind(kind) { ui.kind = kind; draw(); },
  showTab(tab) { ui.tab = tab; draw(); },
  async place(kind) {
    const answer = await request('POST', '/api/orders', { kind });
    note(answer.ok ? `placed ${shortId(answer.body.orderId)}` : `not placed: ${why(answer)}`);
  },
  async placeMany(kind, orders, perSecond) {
    const answer = await request('POST', '/api/series', { kind, count: orders, perSecond });
    note(answer.ok ? `placing ${orders} orders` : `not placed: ${why(answer)}`);
  },
  async stopSeries() {
    const answer = await request('POST', '/api/series/stop');
    note(answer.ok ? 'stopped' : why(answer));
  },
  openPart(id, opener) {
    openDialog(opener, (state, now) => partDialog(state, id, ui, actions, now));
  },
  async part(path, body) {
    const answer = await request('POST', path, body);
    const [, , , id, verb] = path.split('/');
    note(answer.ok ? `${verb}: ${id}` : `${id}: ${why(answer)}`);
  },
  confirmPart(id, label, path, body, opener) {
    openDialog(opener, () => html`
      <h2 id="dialog-title">${label} ${id}?</h2>
      <p>It holds data. Nothing that was acknowledged is lost, but everything that needs ${id} waits until it is started again.</p>
      <p class="acts"><button type="button" class="main" @click=${() => { actions.closeDialog(); actions.part(path, body); }}>${label}</button>
        <button type="button" @click=${actions.closeDialog}>Leave it</button></p>`);
  },
  async switchProvider(behaviour, forSeconds) {
    const answer = await request('PUT', '/api/provider', { behaviour, forSeconds });
    note(answer.ok ? `the provider is ${answer.body.behaviour}` : `not switched: ${why(answer)}`);
  },
  async beginChaos(fields) {
    const answer = await request('POST', '/api/chaos', {
      scope: fields.scope, everySeconds: Number(fields.everySeconds), forSeconds: Number(fields.forSeconds),
      ...(fields.seed ? { seed: Number(fields.seed) } : {}),
    });
    note(answer.ok ? `random faults with seed ${answer.body.seed}` : why(answer));
  },
  async endChaos() {
    const answer = await request('POST', '/api/chaos/stop');
    note(answer.ok ? 'random faults end' : why(answer));
  },
  confirmCancel(order, cancel, opener) {
    openDialog(opener, () => html`
      <h2 id="dialog-title">Cancel order <code>${shortId(order.orderId)}</code>?</h2>
      <p><strong>What follows:</strong> ${pathView(cancel.path)}</p>
      <p class="acts"><button type="button" class="main" id="confirm-cancel" @click=${() => actions.cancel(order.orderId)}>Cancel the order</button>
        <button type="button" @click=${() => actions.copyCurl('POST', `/api/orders/${order.orderId}/cancel`)}>Copy curl</button>
        <button type="button" @click=${actions.closeDialog}>Leave it</button></p>`);
  },
  async cancel(orderId) {
    actions.closeDialog();
    const answer = await request('POST', `/api/orders/${orderId}/cancel`);
    note(answer.ok ? `cancelling ${shortId(orderId)}` : `not cancelled: ${why(answer)}`);
    readOrder();
  },
  async operate(asked, opener) {
    let preview = null;
    openDialog(opener, () => operateDialog(asked, preview, ui, actions));
    if (asked.kind === 'saga') {
      const answer = await request('GET', `/api/orders/${asked.id}`);
      preview = answer.ok ? answer.body.order : { next: { actions: [{ action: asked.action, allowed: false, why: why(answer) }] } };
      draw();
    }
  },
  async confirmOperate(asked, operator, reason) {
    ui.operator = operator;
    sessionStorage.setItem('converge-operator', operator);
    actions.closeDialog();
    const path = pathOf(asked);
    const answer = await request('POST', path, { ...fieldsOf(asked), operator, reason });
    ui.outcomes = { ...ui.outcomes, [asked.id]: answer.ok
      ? { ok: true, text: asked.kind === 'saga' ? 'accepted; reading again …'
        : asked.kind === 'branch' ? `the branch is ${answer.body.state}` : 'replayed' }
      : { ok: false, text: why(answer) } };
    ui.log = null;
    draw();
    if (answer.ok && asked.kind === 'saga') setTimeout(() => becameOf(asked.id), 2_000);
  },
  openBulk(group, opener) {
    // Copied now: the live group changes.
    const set = { cause: group.cause, members: [...group.members] };
    const frozenAt = new Date().toISOString().slice(11, 19);
    openDialog(opener, () => bulkDialog(set, frozenAt, ui, actions));
  },
  async confirmBulk(set, fields) {
    ui.operator = fields.operator;
    sessionStorage.setItem('converge-operator', fields.operator);
    actions.closeDialog();
    const answer = await request('POST', '/api/jobs', {
      action: 'retry', operator: fields.operator, reason: fields.reason,
      sagas: set.members.map((orderId) => ({ orderId })),
      canary: Number(fields.canary), perSecond: Number(fields.perSecond),
      stopAfter: Number(fields.stopAfter), judgeAfterSeconds: Number(fields.judgeAfterSeconds),
    });
    note(answer.ok ? `job ${answer.body.job} has begun` : `not begun: ${why(answer)}`);
  },
  async changeJob(id, verb) {
    const answer = await request('POST', `/api/jobs/${id}/${verb}`);
    note(answer.ok ? `${verb}: job ${id}` : why(answer));
  },
  async showLetter(service, id, opener) {
    let letter = null;
    let fault = null;
    openDialog(opener, () => letterDialog(letter, fault, actions));
    const answer = await request('GET', `/api/dead-letters/${service}/${id}`);
    letter = answer.ok ? answer.body : null;
    fault = answer.ok ? null : why(answer);
    draw();
  },
  async readLog() {
    const answer = await request('GET', '/api/operator-actions');
    ui.log = !answer.ok ? [] : answer.body.services.flatMap((service) => service.items ?? [])
      .sort((one, other) => other.at.localeCompare(one.at));
    if (!answer.ok) note(why(answer));
    draw();
  },
  async readReports() {
    const answer = await request('GET', '/api/reports');
    ui.reports = answer.ok ? answer.body.reports : [];
    if (!answer.ok) note(why(answer));
    draw();
  },
  async readSlo() {
    const answer = await request('GET', '/api/slo');
    ui.slo = answer.ok ? answer.body : ui.slo;
    ui.sloFault = answer.ok ? null : why(answer);
    draw();
  },
  async copy(text) {
    note(await copy(text) ? `copied: ${text.length > 60 ? text.slice(0, 60) + ' …' : text}` : `not copied; it is: ${text}`);
  },
  copyCurl(method, path, body) { return actions.copy(curl(method, path, body)); },
  closeDialog() { document.getElementById('dialog').close(); },
};

async function becameOf(orderId) {
  const answer = await request('GET', `/api/orders/${orderId}`);
  const saga = answer.ok ? answer.body.order.saga : null;
  ui.outcomes = { ...ui.outcomes, [orderId]: saga
    ? { ok: saga.status !== 'STUCK', text: saga.status === 'STUCK' ? 'STUCK again' : `now ${saga.status} at ${saga.step}` }
    : { ok: false, text: why(answer) } };
  draw();
}

function note(text) {
  ui.note = text;
  say(text);
  draw();
}

let lastSaid = 0;
/** Speaks to a screen reader, at most every five seconds; the answer to an action always. */
function say(text) {
  lastSaid = Date.now();
  document.getElementById('said').textContent = text;
}

function sayEnded(before, after) {
  const ended = after.newest.filter((id) =>
    before.orders[id]?.status === 'PENDING' && after.orders[id].status !== 'PENDING');
  if (ended.length && Date.now() - lastSaid > SAY_EVERY_MS) {
    say(count(ended.length, 'order') + ' ended');
  }
}

// --- dialog ---

let opener = null;
function openDialog(from, content) {
  opener = from;
  ui.dialog = content;
  draw();
  const dialog = document.getElementById('dialog');
  if (!dialog.open) dialog.showModal();
}

function dialogClosed() {
  ui.dialog = null;
  draw();
  // The opener may have been drawn again, or be gone.
  if (opener?.isConnected) opener.focus();
}

// --- events ---

function on(event) {
  const before = live;
  live = reduce(live, event);
  if (frozen && event.type !== 'second') frozen.events++;
  if (event.type === 'flow' && !frozen) move(event.data);
  if (event.type === 'orders' && !frozen) {
    send('client', 'order', event.data.orders.filter((order) => !before.orders[order.orderId]).length);
    sayEnded(before, live);
  }
  if (event.type === 'hello') checkAccess();
  if (event.type === 'slo' && ui.view === 'slo' && !frozen) actions.readSlo();
  if (ui.orderId && concernsOrder(event)) readOrderSoon();
  drawSoon();
}

const kindOf = (type) =>
  /Order(Completed|Rejected|Cancelled)/.test(type) ? 'end'
    : /Refused|Declined|Release|Refund/.test(type) ? 'back' : 'order';

function move(flow) {
  for (const [edge, seen] of Object.entries(flow.edges)) {
    const sample = seen.sample.map((message) => kindOf(message.m));
    for (const kind of new Set(sample)) {
      const share = sample.filter((one) => one === kind).length / sample.length;
      send(edge, kind, Math.max(1, Math.round(share * seen.n)));
    }
  }
}

function concernsOrder(event) {
  return event.type === 'hello'
    || (event.type === 'orders' && event.data.orders.some((order) => order.orderId === ui.orderId))
    || (event.type === 'flow' && Object.values(event.data.edges)
      .some((edge) => edge.sample.some((message) => message.o === ui.orderId)))
    || (event.type === 'attention');
}

async function checkAccess() {
  ui.writes = await mayWrite();
  draw();
}

let reading = null;
function readOrderSoon() {
  if (reading) return;
  reading = setTimeout(() => { reading = null; readOrder(); }, 150);
}

async function readOrder() {
  const id = ui.orderId;
  if (!id) return;
  const answer = await request('GET', `/api/orders/${id}`);
  if (ui.orderId !== id) return;
  if (answer.ok) {
    ui.detail = answer.body;
    ui.detailFault = null;
  } else {
    ui.detailFault = why(answer);
  }
  draw();
}

// --- route ---

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

function route() {
  const [, first = '', second = ''] = location.hash.split('/');
  ui.orderId = first === 'orders' && UUID.test(second) ? second : null;
  ui.view = ui.orderId ? 'order' : VIEWS.some(([id]) => id === first) ? first : 'flow';
  if (ui.detail?.order.orderId !== ui.orderId) {
    ui.detail = null;
    ui.detailFault = null;
  }
  clear();
  if (ui.orderId) readOrder();
  if (ui.view === 'lab') actions.readReports();
  if (ui.view === 'slo' && !ui.slo) actions.readSlo();
  draw();
  if (ui.view === 'slo' && second) document.getElementById(`slo-${second}`)?.scrollIntoView();
}

// --- pause ---

function togglePause() {
  frozen = frozen ? null : { state: live, at: Date.now(), events: 0 };
  clear();
  draw();
}

// --- keys ---

const KEYS = [['Space', 'pause the view, and go on'], ['1 – 6', 'Flow, Orders, Attention, Faults, SLO, Lab'],
  ['n', 'place an order'], ['t', 'light, dark, or as the system has it'], ['?', 'these keys'], ['Esc', 'close']];

function pressed(event) {
  const typing = event.target.closest('input, button, a, summary, textarea, dialog');
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === ' ' && !typing) { event.preventDefault(); togglePause(); return; }
  if (event.target.closest('input, textarea, dialog')) return;
  const view = VIEWS[Number(event.key) - 1];
  if (view) location.hash = '#/' + view[0];
  if (event.key === 'n') { location.hash = '#/flow'; setTimeout(() => document.getElementById('place')?.focus(), 50); }
  if (event.key === 't') nextTheme();
  if (event.key === '?') showKeys(document.activeElement);
}

function showKeys(from) {
  openDialog(from, () => html`<h2 id="dialog-title">Keys</h2>
    <dl class="keys">${KEYS.map(([key, words]) => html`<dt><kbd>${key}</kbd></dt><dd>${words}</dd>`)}</dl>
    <p class="acts"><button type="button" @click=${actions.closeDialog}>Close</button></p>`);
}

function nextTheme() {
  ui.theme = THEMES[(THEMES.indexOf(ui.theme) + 1) % THEMES.length];
  localStorage.setItem('converge-theme', ui.theme);
  draw();
}

// --- view ---

let due = false;
function drawSoon() {
  if (due) return;
  due = true;
  requestAnimationFrame(() => { due = false; draw(); });
  // Frames are not drawn for a hidden page; its state is kept all the same.
}

function draw() {
  const state = frozen ? frozen.state : live;
  const now = frozen ? frozen.at : Date.now();
  document.documentElement.dataset.theme = ui.theme;
  render(page(state, now), document.getElementById('app'));
}

function page(state, now) {
  return html`
    <a class="skip" href="#main" @click=${(event) => { event.preventDefault(); document.getElementById('main').focus(); }}>To the content</a>
    <header class=${live.connection === 'lost' ? 'is-lost' : ''}>
      <h1>Converge</h1>
      <p class="health">${health(state)}</p>
      <p class="controls">
        <button type="button" id="pause" aria-pressed=${String(frozen !== null)} @click=${togglePause}
          title="Space">${frozen ? 'Go on' : 'Pause'}</button>
        <button type="button" @click=${nextTheme} title="t">${ui.theme === 'auto' ? 'theme: auto' : `theme: ${ui.theme}`}</button>
        <button type="button" aria-label="Keys" title="?" @click=${(event) => showKeys(event.currentTarget)}>?</button>
      </p>
      <nav aria-label="Views">${VIEWS.map(([id, label]) => html`
        <a href="#/${id}" aria-current=${isCurrent(id) ? 'page' : nothing}>${label}${id === 'attention' ? badge(state) : nothing}</a>`)}
        ${state.traces ? html`<a href=${state.traces} target="_blank" rel="noreferrer">Traces ↗</a>` : nothing}
        <span class="live">${connection(now)}</span></nav>
      ${banner()}
    </header>
    <main id="main" tabindex="-1" class="view-${ui.view}${live.connection === 'lost' ? ' is-lost' : ''}">${content(state, now)}</main>
    <footer><p class="note">${ui.note}</p></footer>
    <dialog id="dialog" aria-labelledby="dialog-title" @close=${dialogClosed}>${ui.dialog ? ui.dialog(live, Date.now()) : nothing}</dialog>`;
}

const isCurrent = (id) => ui.view === id || (ui.view === 'order' && id === 'orders');

function badge(state) {
  const first = needs(state);
  return first ? html` <span class="badge">${first.n}</span>` : nothing;
}

function health(state) {
  if (!state.known) return html`<span class="quiet">reading the platform …</span>`;
  const first = needs(state);
  const down = Object.values(state.parts).filter((part) => part.state !== 'ready');
  if (first) {
    const words = { stuck: count(first.n, 'stuck saga'), letters: count(first.n, 'parked message'), findings: count(first.n, 'finding'),
      divergent: count(first.n, 'divergent branch', 'divergent branches') };
    return html`<a href="#/attention" class="bad">! ${words[first.what]}</a>`;
  }
  if (down.length) return html`<a href="#/faults" class="bad">✕ ${down.map((part) => `${part.id} ${stateWords(part.state)}`).join(', ')}</a>`;
  const pending = Object.values(state.orders).filter((order) => order.status === 'PENDING').length;
  return html`<span class="well">● nothing needs you</span> <span class="quiet">${pending} pending of the last ${state.newest.length}</span> ${budget(state)}`;
}

function budget(state) {
  const left = lowestBudget(state);
  return left === null ? nothing : html`<a href="#/slo" class=${left < 0 ? 'bad' : 'quiet'}>budget ${percent(left)}</a>`;
}

function connection(now) {
  if (live.connection === 'lost') return `not connected since ${new Date(live.lostAt).toISOString().slice(11, 19)}`;
  if (live.connection === 'connecting') return 'connecting';
  if (frozen) return 'paused';
  return live.at ? `live, ${span(Math.max(0, since(live.at, now)))} ago` : 'live';
}

function banner() {
  if (live.connection === 'lost') {
    return html`<p class="banner bad" role="alert">Not connected to the console since ${new Date(live.lostAt).toISOString().slice(11, 19)}.
      What is shown is from then. Orders do not need the console: they go on. Start it with <code>./converge start console</code>.</p>`;
  }
  if (frozen) {
    return html`<p class="banner" id="paused">Paused since ${new Date(frozen.at).toISOString().slice(11, 19)},
      ${count(frozen.events, 'event')} since. <button type="button" @click=${togglePause}>Go on</button></p>`;
  }
  return nothing;
}

function content(state, now) {
  switch (ui.view) {
    case 'order': return html`${orderView(state, ui, actions, now)}${listView(state, now)}`;
    case 'orders': return html`${placeView(state, ui, actions)}${listView(state, now)}`;
    case 'attention': return attentionView(state, ui, actions);
    case 'lab': return labView(state, ui, actions);
    case 'slo': return sloView(ui, actions);
    case 'faults': return faultsView(state, ui, actions, now);
    default: return html`${placeView(state, ui, actions)}${flowView(state, actions, now)}${listView(state, now)}`;
  }
}

// --- begin ---

document.getElementById('app').replaceChildren();
takeToken();
addEventListener('hashchange', () => { if (takeToken()) checkAccess(); route(); });
addEventListener('keydown', pressed);
checkAccess();
route();
connect(on);
setInterval(() => { on({ type: 'second', now: Date.now() }); }, 1_000);
