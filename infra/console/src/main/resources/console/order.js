// One order: its story as compact rows, as a timeline and as messages; what comes next; what could be
// done. The rows are computed by story.js from the saga's transitions; the paths by order-service.

import { html, svg, nothing } from './lit/lit-html.js';
import { pathWords, rows } from './story.js';
import { amount, clock, shapeOf, span, time, until } from './format.js';

const SHAPES = { done: '✓', awaits: '◔', stuck: '!', refused: '✕', 'timed-out': '⌛', cancelled: '↶',
  abandoned: '↶', left: '○' };
const WORDS = { done: 'done', awaits: 'awaits', stuck: 'STUCK', refused: 'refused',
  'timed-out': 'timed out', cancelled: 'cancelled', abandoned: 'abandoned', left: 'to come' };

export function orderView(state, ui, actions, now) {
  const found = ui.detail;
  const id = ui.orderId;
  const live = state.orders[id];
  if (!found) {
    return html`<section class="order-page"><h2>Order <code>${id}</code></h2>
      <p class="quiet">${ui.detailFault ?? 'It is read …'}</p></section>`;
  }
  const order = found.order;
  const saga = order.saga;
  const next = order.next;
  const story = saga ? rows(saga.timeline, next, state.saga.steps) : [];
  const cancel = next?.actions.find((action) => action.action === 'cancel');
  return html`
    <section class="order-page" aria-labelledby="order-title">
      <h2 id="order-title">Order <code>${order.orderId}</code></h2>
      <p class="order-head">
        <strong class="status is-${order.status}">${shapeOf(order.status)} ${order.status}</strong>
        ${order.reason ? html`<span>${order.reason.replaceAll('_', ' ')}</span>` : nothing}
        <span>${amount(order.totalMinor, order.currency)}, ${order.lines.map((line) => `${line.quantity} × ${line.sku}`).join(', ')}</span>
        <span>placed ${time(order.placedAt)}</span>
        ${order.endedAt ? html`<span>ended after ${span(Date.parse(order.endedAt) - Date.parse(order.placedAt))}</span>` : nothing}
        ${live && live.status !== order.status ? html`<span class="quiet">reading again …</span>` : nothing}
      </p>
      <p class="acts">
        ${cancel?.allowed ? html`<button type="button" id="cancel" ?disabled=${!ui.writes}
            @click=${(event) => actions.confirmCancel(order, cancel, event.currentTarget)}>Cancel …</button>` : nothing}
        ${order.links?.trace ? html`<a class="button" href=${order.links.trace} target="_blank" rel="noreferrer">Trace ↗</a>` : nothing}
        <button type="button" @click=${() => actions.copy(`curl ${location.origin}/api/orders/${order.orderId}`)}>Copy curl</button>
      </p>
      ${saga ? html`
        <div class="tabs" role="group" aria-label="The story as">
          ${['compact', 'timeline', 'messages'].map((tab) => html`
            <button type="button" aria-pressed=${String(ui.tab === tab)} @click=${() => actions.showTab(tab)}>${tab}</button>`)}
        </div>
        ${ui.tab === 'compact' ? compact(story, next, now)
          : ui.tab === 'timeline' ? timeline(story, now)
          : messages(found, state)}
        ${nextView(next, now)}`
      : protocolView(order)}
      ${paymentView(found)}
    </section>`;
}

function compact(story, next, now) {
  const begin = Date.parse(story[0]?.at ?? 0);
  return html`<ol class="story">${story.map((row) => html`
    <li class="row is-${row.state}">
      <span class="shape" aria-hidden="true">${row.kind === 'end' ? '■' : SHAPES[row.state]}</span>
      <span class="label">${row.label}</span>
      <span class="what">${what(row, next)}</span>
      <span class="when">${row.at ? (row.kind === 'placed' ? time(row.at) : '+' + span(Date.parse(row.until ?? row.at) - begin)) : ''}</span>
      ${row.state === 'awaits' && next?.deadlineAt ? html`<span class="deadline">deadline in ${span(until(next.deadlineAt, now))}</span>` : nothing}
    </li>`)}</ol>`;
}

function what(row, next) {
  if (row.kind === 'placed') return nothing;
  if (row.kind === 'end') return row.signal;
  if (row.state === 'left') return `will send ${row.sent}`;
  const attempts = row.attempts > 1 ? `, ${row.attempts} attempts` : '';
  const notes = row.notes?.length ? `; ${row.notes.join('; ')}` : '';
  if (row.state === 'awaits') {
    return `awaits ${next?.awaits ?? 'a reply'}, attempt ${next?.attempt ?? row.attempts}${next && next.of > 1 ? ` of ${next.of}` : ''}${notes}`;
  }
  if (row.state === 'stuck') return `no ${next?.awaits ?? 'reply'} after ${row.attempts} attempts: an operator continues it${notes}`;
  return html`<strong class="outcome">${row.signal}</strong>${row.state === 'done' ? '' : ` (${WORDS[row.state]})`}${attempts}${notes}`;
}

/** Bars over the time of the order. */
function timeline(story, now) {
  const steps = story.filter((row) => row.kind === 'step' && row.at);
  if (steps.length === 0) return html`<p class="quiet">No step has begun.</p>`;
  const begin = Date.parse(story[0].at);
  const ends = steps.map((row) => Date.parse(row.until ?? new Date(now).toISOString()));
  const end = Math.max(begin + 1, ...ends);
  const x = (ms) => 190 + 560 * (ms - begin) / (end - begin);
  const height = 34 * steps.length + 34;
  return html`
    <figure class="wide"><svg class="bars" viewBox="0 0 800 ${height}" role="img"
        aria-label="The steps over ${span(end - begin)}">
      <title>Steps over time</title>
      ${steps.map((row, i) => svg`
        <text x="180" y=${34 * i + 22} text-anchor="end">${row.label}</text>
        <rect x=${x(Date.parse(row.at))} y=${34 * i + 8} height="20" rx="4"
          width=${Math.max(3, x(ends[i]) - x(Date.parse(row.at)))} class="bar is-${row.state}"/>
        <text x=${x(Date.parse(row.at)) + 5} y=${34 * i + 22} class="in-bar">${span(ends[i] - Date.parse(row.at))}</text>`)}
      <text x="190" y=${height - 8} class="quiet">${time(story[0].at)}</text>
      <text x="750" y=${height - 8} text-anchor="end" class="quiet">+${span(end - begin)}</text>
    </svg></figure>`;
}

/** Everything that was sent, from the outbox, and everything that was seen in the topics. */
function messages(found, state) {
  const sent = found.saga.messages ?? [];
  const seen = state.messages[found.order.orderId] ?? [];
  return html`<div class="wide"><table>
      <caption>In the outbox of order-service</caption>
      <thead><tr><th scope="col" class="n">#</th><th scope="col">At</th><th scope="col">Type</th><th scope="col">Topic</th><th scope="col">Id</th></tr></thead>
      <tbody>${sent.map((message) => html`<tr><td class="n">${message.sequence}</td><td>${time(message.at)}</td>
        <td>${message.type.replace(/^.*\.(\w+)\.v\d+$/, '$1')}</td><td>${message.topic}</td><td><code>${message.id}</code></td></tr>`)}</tbody>
    </table>
    <table><caption>Seen in the topics while this page was open</caption>
      <thead><tr><th scope="col">At</th><th scope="col">Type</th><th scope="col">From</th><th scope="col">Topic</th></tr></thead>
      <tbody>${seen.length === 0 ? html`<tr><td colspan="4" class="quiet">None.</td></tr>` : seen.map((message) => {
        const [from, topic] = message.edge.split('>');
        return html`<tr><td>${time(message.at)}</td><td>${message.m}</td><td>${from}</td><td>${topic}</td></tr>`;
      })}</tbody></table></div>`;
}

function nextView(next, now) {
  if (!next) return nothing;
  const cancel = next.actions.find((action) => action.action === 'cancel');
  return html`
    <h3>What comes next</h3>
    <dl class="next">
      <dt>It awaits</dt><dd><strong>${next.awaits}</strong>, attempt ${next.attempt}${next.of > 1 ? ` of ${next.of}` : ''}${next.deadlineAt
        ? `, until ${clock(next.deadlineAt)} (${span(until(next.deadlineAt, now))} left)` : ', without a deadline: it is STUCK'}</dd>
      <dt>If every reply arrives</dt><dd id="if-answered">${pathView(next.onReply)}</dd>
      <dt>If it is cancelled now</dt><dd id="if-cancelled">${cancel.allowed ? pathView(cancel.path) : html`<span class="quiet">not possible: ${cancel.why}</span>`}</dd>
      ${next.onDeadline ? html`<dt>If the deadline passes</dt><dd id="if-deadline">${pathView(next.onDeadline)}</dd>` : nothing}
    </dl>`;
}

export function pathView(path) {
  const { commands, ends } = pathWords(path);
  return html`<span class="path">${commands.map((type) => html`<span class="hop">${type}</span><span aria-hidden="true"> → </span>`)}<span class="ends">${ends}</span></span>`;
}

function protocolView(order) {
  const transaction = order.transaction;
  if (!transaction) return html`<p class="quiet">It has no saga.</p>`;
  const open = [...(transaction.branchesInDoubt ?? []), ...(transaction.branchesDivergent ?? [])];
  return html`<h3>Committed by ${order.protocol}</h3>
    <dl class="next"><dt>Decision</dt><dd>${transaction.decision}</dd>
      ${Object.entries(transaction.votes ?? {}).map(([service, vote]) => html`<dt>${service}</dt><dd>${vote}</dd>`)}
      <dt>In doubt or divergent</dt><dd>${open.length ? open.join(', ') : 'none'}</dd></dl>`;
}

function paymentView(found) {
  const { payment, charge } = found;
  return html`<h3>At the payment</h3><dl class="next">
    <dt>payment-service</dt><dd>${payment.unavailable ? 'does not answer' : payment.absent ? 'knows nothing of it' : `${payment.status}${payment.failedAttempts ? `, ${payment.failedAttempts} failed calls` : ''}${payment.reason ? `, ${payment.reason}` : ''}`}</dd>
    <dt>the provider</dt><dd>${charge.unavailable ? 'not known' : charge.absent ? 'has no charge' : `${charge.status}, ${charge.requests} requests`}</dd></dl>`;
}
