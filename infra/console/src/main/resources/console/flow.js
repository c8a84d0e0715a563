// The picture: the parts, the ways of the messages between them, and the live numbers.

import { html, svg, nothing } from './lit/lit-html.js';
import { nodesOf, notReady, stateOf } from './store.js';
import { bytes, clock, rate, shapeOf, since, span, stateWords, until } from './format.js';

/** The boxes of the picture, by role; a class of the same name places each. */
const BOXES = [
  { role: 'order-service', numbers: orderNumbers },
  { role: 'order-db', numbers: (s) => outboxNumbers(s, 'order') },
  { role: 'kafka', numbers: () => [] },
  { role: 'connect', numbers: connectNumbers },
  { role: 'inventory-service', numbers: (s) => consumerNumbers(s, 'inventory') },
  { role: 'inventory-db', numbers: (s) => outboxNumbers(s, 'inventory') },
  { role: 'payment-service', numbers: paymentNumbers },
  { role: 'payment-db', numbers: (s) => outboxNumbers(s, 'payment') },
  { role: 'zipkin', otherwise: 'jaeger', numbers: () => [] },
];

const TOPICS = [
  { name: 'inventory.commands', from: ['order'], to: 'inventory-service' },
  { name: 'payment.commands', from: ['order'], to: 'payment-service' },
  { name: 'order.replies', from: ['inventory', 'payment'], to: 'order-service' },
  { name: 'order.events', from: ['order'], to: null },
];

/** The ways, in the coordinates of the picture (1000 × 560). */
const WAYS = {
  'client': 'M92,128 L150,128 L240,128 L240,300',
  'order>inventory.commands': 'M240,300 C240,470 330,452 420,452 L520,452 L520,92 L620,92 L750,92',
  'order>payment.commands': 'M240,300 C240,470 330,452 420,452 L520,452 L520,148 L620,148 C700,148 690,338 750,338',
  'inventory>order.replies': 'M850,196 C690,196 690,430 620,440 L520,452 L520,204 L420,204 C350,204 370,140 330,140',
  'payment>order.replies': 'M850,442 C720,442 690,470 620,464 L520,452 L520,204 L420,204 C350,204 370,140 330,140',
  'order>order.events': 'M240,300 C240,470 330,452 420,452 L520,452 L520,260 L420,260 L372,260',
};

/** Lines without the way through the boxes. */
const LINES = [
  ['client', 'M92,128 L150,128', 'http'],
  ['order-log', 'M240,188 L240,262', 'sql'],
  ['order-wal', 'M240,350 C240,460 330,452 420,452', 'wal'],
  ['inventory-log', 'M850,140 L850,166', 'sql'],
  ['inventory-wal', 'M750,196 C690,196 690,430 620,440', 'wal'],
  ['payment-log', 'M850,386 L850,412', 'sql'],
  ['payment-wal', 'M750,442 C710,442 690,464 620,464', 'wal'],
  ['connect', 'M520,420 L520,306', 'wal'],
  ['inventory.commands', 'M620,92 L744,92', 'topic'],
  ['payment.commands', 'M620,148 C700,148 690,338 744,338', 'topic'],
  ['order.replies', 'M420,204 C350,204 370,140 336,140', 'topic'],
  ['order.events', 'M420,260 L378,260', 'topic'],
];

export function flowView(state, actions, now) {
  return html`
    <section class="flow" aria-labelledby="flow-title">
      <h2 id="flow-title">Flow</h2>
      <div class="picture">
        <svg viewBox="0 0 1000 560" aria-hidden="true" focusable="false">
          <defs>
            <marker id="arrow" viewBox="0 0 10 10" refX="8" refY="5" markerWidth="7" markerHeight="7" orient="auto">
              <path d="M0,0 L10,5 L0,10 z" class="arrow"/>
            </marker>
          </defs>
          ${LINES.map(([id, d, kind]) => svg`
            <path d=${d} class="line ${kind} ${width(state, id)}" marker-end="url(#arrow)"/>`)}
          ${Object.entries(WAYS).map(([id, d]) => svg`<path id=${'way-' + id} d=${d} class="way"/>`)}
          <text x="12" y="108" class="client">clients</text>
          <circle cx="50" cy="128" r="14" class="client"/>
          <text x="376" y="248" text-anchor="end" class="quiet">subscribers</text>
          ${TOPICS.map((topic, i) => topicLane(state, topic, i))}
          <g id="dots"></g>
        </svg>
        ${BOXES.map((box) => boxView(state, box, actions, now))}
      </div>
      ${notReady(state).length ? partNotes(state, now) : nothing}
      ${topicTable(state)}
      ${partCards(state, actions, now)}
    </section>`;
}

function width(state, id) {
  const perSecond = Object.entries(state.edges)
    .filter(([edge]) => edge.endsWith('>' + id) || edge.startsWith(id.replace(/-wal$|-log$/, '') + '>'))
    .reduce((sum, [, edge]) => sum + edge.perSecond, 0);
  return perSecond > 50 ? 'w3' : perSecond > 5 ? 'w2' : perSecond > 0 ? 'w1' : '';
}

function topicLane(state, topic, i) {
  const y = 92 + i * 56;
  const lag = state.backlogs[topic.name]?.lag ?? 0;
  return svg`
    <rect x="428" y=${y - 22} width="184" height="44" rx="6" class=${'lane' + (lag > 0 ? ' waiting' : '')}/>
    <text x="438" y=${y - 4} class="topic">${topic.name}</text>
    <text x="438" y=${y + 13} class="quiet">${topicNumbers(state, topic)}</text>`;
}

const perSecond = (state, topic) =>
  topic.from.reduce((sum, from) => sum + (state.edges[`${from}>${topic.name}`]?.perSecond ?? 0), 0);

function topicNumbers(state, topic) {
  const backlog = state.backlogs[topic.name];
  const waiting = backlog?.lag
    ? ` · lag ${backlog.lag}` + (backlog.oldestMs === undefined ? '' : ` · ${span(backlog.oldestMs)}`)
    : topic.to ? ' · lag 0' : '';
  return `${rate(perSecond(state, topic))}/s${waiting}`;
}

function boxView(state, box, actions, now) {
  const own = nodesOf(state, box.role);
  const nodes = own.length || !box.otherwise ? own : nodesOf(state, box.otherwise);
  const worst = stateOf(nodes);
  const first = nodes[0];
  const ready = nodes.filter((node) => node.state === 'ready').length;
  const words = nodes.length > 1 ? `${ready} of ${nodes.length} ready`
    : worst === 'paused' && first.until ? `paused, ${Math.ceil(until(first.until, now) / 1_000)} s left`
    : stateWords(worst);
  return html`
    <button type="button" class="box ${box.role} is-${worst}" title="Actions on ${box.role}"
        @click=${(event) => actions.openPart(first?.id ?? box.role, event.currentTarget)}>
      <span class="name"><span class="swatch" aria-hidden="true"></span>${first && nodes !== own ? box.otherwise : box.role}</span>
      <span class="state"><span aria-hidden="true">${shapeOf(worst)}</span> ${words}</span>
      ${box.numbers(state).map((line) => html`<span class="number">${line}</span>`)}
    </button>`;
}

const gaugesOf = (state, service) => state.gauges.services[service] ?? {};

function orderNumbers(state) {
  const own = gaugesOf(state, 'order');
  const pending = Object.values(state.orders).filter((order) => order.status === 'PENDING').length;
  return [`${rate(own.placedPerSecond ?? 0)} orders/s in`, `${pending} of the last ${state.newest.length} pending`];
}

function outboxNumbers(state, service) {
  const own = gaugesOf(state, service);
  const waiting = own.undrainedSeconds > 0 ? `oldest waits ${span(own.undrainedSeconds * 1_000)}` : 'outbox drained';
  return own.waitingBytes === undefined ? [waiting] : [`${bytes(own.waitingBytes)} of log waiting`, waiting];
}

function connectNumbers(state) {
  // A service that does not answer says nothing about its connector.
  const known = ['order', 'inventory', 'payment']
    .map((service) => gaugesOf(state, service).connectorRunning)
    .filter((running) => running !== undefined);
  const running = known.filter((one) => one === 1).length;
  return [`${running} of ${known.length} connectors run`,
    ...(known.length < 3 ? [`${3 - known.length} not known`] : [])];
}

function consumerNumbers(state, service) {
  const own = gaugesOf(state, service);
  const lines = [`${rate(own.handledPerSecond ?? 0)} handled/s`];
  if (own.blockedSeconds > 0) lines.push(`no progress for ${span(own.blockedSeconds * 1_000)}`);
  return lines;
}

function paymentNumbers(state) {
  const behaviour = state.provider.behaviour;
  return behaviour && behaviour !== 'NORMAL'
    ? [...consumerNumbers(state, 'payment'), `provider: ${behaviour}`]
    : consumerNumbers(state, 'payment');
}

function partNotes(state, now) {
  return html`<ul class="notes">
    ${notReady(state).map((part) => html`
      <li><strong>${part.id}</strong> ${part.state === 'silent' ? 'does not answer' : `is ${part.state}`} since ${clock(part.since)}
        (${span(since(part.since, now))})${part.until
          ? `; goes on by itself in ${Math.ceil(until(part.until, now) / 1_000)} s` : ''}${part.why ? `: ${part.why}` : ''}</li>`)}
  </ul>`;
}

function topicTable(state) {
  return html`
    <div class="wide"><table class="topics">
      <caption>Messages</caption>
      <thead><tr><th scope="col">Topic</th><th scope="col">From</th><th scope="col">To</th>
        <th scope="col" class="n">Per second</th><th scope="col" class="n">Seen here</th>
        <th scope="col" class="n">Not handled</th><th scope="col" class="n">Oldest</th></tr></thead>
      <tbody>${TOPICS.map((topic) => {
        const backlog = state.backlogs[topic.name];
        const total = topic.from.reduce(
          (sum, from) => sum + (state.edges[`${from}>${topic.name}`]?.total ?? 0), 0);
        return html`<tr><th scope="row">${topic.name}</th><td>${topic.from.join(', ')}</td>
          <td>${topic.to ?? 'subscribers'}</td>
          <td class="n">${rate(perSecond(state, topic))}</td><td class="n">${total}</td>
          <td class="n" data-lag=${topic.name}>${backlog ? backlog.lag : topic.to ? '?' : '–'}</td>
          <td class="n">${backlog?.oldestMs === undefined ? '–' : span(backlog.oldestMs)}</td></tr>`;
      })}</tbody>
    </table></div>`;
}

/** Every part with its state, also the nodes and the parts that the picture has no box for. */
function partCards(state, actions, now) {
  return html`
    <details class="all-parts"><summary>All parts</summary>
    <ul class="cards">${Object.values(state.parts).map((part) => html`
      <li><button type="button" class="card is-${part.state}"
          @click=${(event) => actions.openPart(part.id, event.currentTarget)}>
        <span class="name">${part.id}</span>
        <span class="state"><span aria-hidden="true">${shapeOf(part.state)}</span> ${stateWords(part.state)}</span>
        <span class="number">port ${part.port}${part.memoryMiB ? `, ${part.memoryMiB} MiB` : ''}</span>
        <span class="number">for ${span(since(part.since, now))}</span>
      </button></li>`)}</ul></details>`;
}
