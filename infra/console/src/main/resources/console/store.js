// The state of the page: (state, event) → state. Pure; the events are those of the stream and of the
// connection.

const ORDERS = 50;
const MESSAGES_PER_ORDER = 40;
const RATE_WINDOW_MS = 5_000;

export const EMPTY = Object.freeze({
  connection: 'connecting', // or live, lost
  lostAt: null,
  known: false,
  at: null,
  mode: 'embedded',
  parts: {},
  orders: {},
  newest: [],
  messages: {},
  edges: {},
  gauges: { services: {} },
  backlogs: {},
  attention: { stuck: [], letters: [], findings: [], inDoubt: [], divergent: [], unknown: [] },
  provider: {},
  saga: { steps: [] },
  series: {},
  jobs: [],
  chaos: {},
  slo: { objectives: [] },
  kinds: [],
  traces: '',
  missed: 0,
});

/** The state after an event: { type, data, now }, now in milliseconds. */
export function reduce(state, event) {
  const handler = HANDLERS[event.type];
  return handler ? handler(state, event.data, event.now) : state;
}

const HANDLERS = {
  opened: (state) => ({ ...state, connection: 'live', lostAt: null }),
  lost: (state, data, now) =>
    state.connection === 'lost' ? state : { ...state, connection: 'lost', lostAt: now },
  hello: (state, data) => withOrders(
    {
      ...state,
      known: true,
      connection: 'live',
      lostAt: null,
      at: data.at,
      mode: data.mode,
      parts: byId(data.parts, (part) => part.id),
      gauges: data.gauges.services ? data.gauges : EMPTY.gauges,
      backlogs: data.backlogs,
      attention: data.attention,
      provider: data.provider,
      saga: data.saga.steps ? data.saga : EMPTY.saga,
      series: data.series,
      jobs: data.jobs,
      chaos: data.chaos,
      slo: data.slo.objectives ? data.slo : EMPTY.slo,
      kinds: data.kinds,
      traces: data.traces,
      orders: {},
      newest: [],
    },
    data.orders),
  parts: (state, data) => ({ ...state, at: data.at, parts: byId(data.parts, (part) => part.id) }),
  orders: (state, data) => withOrders(state, data.orders),
  gauges: (state, data) => ({ ...state, at: data.at, gauges: data }),
  backlogs: (state, data) => ({ ...state, backlogs: data }),
  attention: (state, data) => ({ ...state, attention: data }),
  provider: (state, data) => ({ ...state, provider: data }),
  saga: (state, data) => ({ ...state, saga: data }),
  series: (state, data) => ({ ...state, series: data }),
  jobs: (state, data) => ({ ...state, jobs: data.jobs }),
  chaos: (state, data) => ({ ...state, chaos: data }),
  slo: (state, data) => ({ ...state, slo: data }),
  gap: (state, data) => ({ ...state, missed: state.missed + data.missed }),
  flow: (state, data, now) => ({
    ...state,
    at: data.at,
    edges: flowed(state.edges, data.edges, now),
    messages: remembered(state.messages, data.edges, state.newest),
  }),
  // Rates fall while nothing arrives.
  second: (state, data, now) => ({ ...state, edges: flowed(state.edges, {}, now) }),
};

function byId(items, id) {
  const map = {};
  for (const item of items) map[id(item)] = item;
  return map;
}

function withOrders(state, changed) {
  const orders = { ...state.orders };
  for (const order of changed) orders[order.orderId] = order;
  // Ids of version 7 are in the order of their creation.
  const newest = Object.keys(orders).sort().reverse().slice(0, ORDERS);
  const kept = {};
  for (const id of newest) kept[id] = orders[id];
  return { ...state, orders: kept, newest };
}

function flowed(before, arrived, now) {
  const edges = {};
  for (const id of new Set([...Object.keys(before), ...Object.keys(arrived)])) {
    const old = before[id] ?? { total: 0, window: [] };
    const n = arrived[id]?.n ?? 0;
    const window = old.window.filter((seen) => now - seen.at < RATE_WINDOW_MS);
    if (n > 0) window.push({ at: now, n });
    const sum = window.reduce((all, seen) => all + seen.n, 0);
    edges[id] = { total: old.total + n, window, perSecond: sum / (RATE_WINDOW_MS / 1_000) };
  }
  return edges;
}

function remembered(before, edges, newest) {
  const messages = { ...before };
  for (const [edge, flow] of Object.entries(edges)) {
    for (const seen of flow.sample) {
      const own = messages[seen.o] ?? [];
      messages[seen.o] = [...own, { ...seen, edge }].slice(-MESSAGES_PER_ORDER);
    }
  }
  // An order that left the list takes its messages with it; a new one may not be in it yet.
  const known = new Set(newest);
  const ids = Object.keys(messages);
  if (ids.length > 4 * ORDERS) {
    for (const id of ids.sort().slice(0, ids.length - 2 * ORDERS)) {
      if (!known.has(id)) delete messages[id];
    }
  }
  return messages;
}

/** The last message of an order that was seen in a topic. */
export const lastMessage = (state, orderId) => state.messages[orderId]?.at(-1);

/** The parts of a role: order-service and order-service-2. */
export const nodesOf = (state, role) =>
  Object.values(state.parts).filter((part) => part.id === role || part.id.startsWith(role + '-'));

/** The state of a role: the worst of its nodes. */
export function stateOf(nodes) {
  for (const state of ['down', 'paused', 'silent', 'starting']) {
    if (nodes.some((node) => node.state === state)) return state;
  }
  return nodes.length === 0 ? 'unknown' : 'ready';
}

/** The first thing that needs a person; null if nothing does. */
export function needs(state) {
  const { stuck, letters, findings, divergent } = state.attention;
  const sum = (groups) => groups.reduce((all, group) => all + group.count, 0);
  if (stuck.length) return { what: 'stuck', n: sum(stuck) };
  if (letters.length) return { what: 'letters', n: sum(letters) };
  if (divergent.length) return { what: 'divergent', n: divergent.length };
  if (findings.length) return { what: 'findings', n: findings.length };
  return null;
}

/** The smallest part of a budget that is left; null without data. */
export function lowestBudget(state) {
  const known = state.slo.objectives.map((objective) => objective.budgetLeft).filter((left) => left !== undefined);
  return known.length ? Math.min(...known) : null;
}

/** The parts that are not ready. */
export const notReady = (state) =>
  Object.values(state.parts).filter((part) => part.state !== 'ready');
