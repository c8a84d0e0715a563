// Placing orders, and the newest orders.

import { html, nothing } from './lit/lit-html.js';
import { repeat } from './lit/directives/repeat.js';
import { lastMessage } from './store.js';
import { count, endWords, shapeOf, shortId, since, span } from './format.js';

export function placeView(state, ui, actions) {
  const kinds = state.kinds.filter((kind) => !kind.needsProcesses || state.mode === 'embedded');
  const running = state.series.running === true;
  return html`
    <section class="place" aria-labelledby="place-title">
      <h2 id="place-title">Place an order</h2>
      <form @submit=${(event) => { event.preventDefault(); actions.place(ui.kind); }}>
        <fieldset><legend>that</legend>
          ${kinds.map((kind) => html`
            <label class="kind"><input type="radio" name="kind" value=${kind.id}
                .checked=${ui.kind === kind.id} @change=${() => actions.chooseKind(kind.id)}>
              <span>${kind.label}<small>ends ${endWords(...kind.ends.split(' '))}</small></span></label>`)}
        </fieldset>
        <p class="acts">
          <button type="submit" class="main" id="place" ?disabled=${!ui.writes}>Place</button>
        </p>
      </form>
      <form class="many" @submit=${(event) => {
          event.preventDefault();
          const fields = new FormData(event.currentTarget);
          actions.placeMany(ui.kind, Number(fields.get('count')), Number(fields.get('perSecond')));
        }}>
        <label>… or <input name="count" type="number" min="1" max="2000" value="50" required></label>
        <label>at <input name="perSecond" type="number" min="1" max="100" value="10" required> a second</label>
        <button type="submit" id="place-many" ?disabled=${!ui.writes || ui.kind === 'payment-killed'}>Place many</button>
        ${running ? html`<button type="button" @click=${actions.stopSeries}>Stop</button>` : nothing}
      </form>
      ${state.series.count ? html`<p class="series">
        <progress max=${state.series.count} value=${state.series.sent} aria-label="Requests sent"></progress>
        ${state.series.sent} of ${state.series.count} sent${state.series.refused ? `, ${state.series.refused} refused` : ''}</p>` : nothing}
      ${ui.writes ? nothing : html`<p class="quiet">Read-only: this page has no token. <code>./converge console</code> prints the link that has it.</p>`}
    </section>`;
}

export function listView(state, now) {
  return html`
    <section class="orders" aria-labelledby="orders-title">
      <h2 id="orders-title">Newest orders</h2>
      ${state.newest.length === 0 ? html`<p class="quiet">No order yet.</p>` : html`
      <ol class="order-list">${repeat(state.newest, (id) => id, (id) => {
        const order = state.orders[id];
        const last = lastMessage(state, id);
        const took = order.endedAt
          ? Date.parse(order.endedAt) - Date.parse(order.placedAt) : since(order.placedAt, now);
        return html`<li><a href="#/orders/${id}" class="order is-${order.status}" data-status=${order.status}>
          <span class="shape" aria-hidden="true">${shapeOf(order.status)}</span>
          <span class="id">${shortId(id)}</span>
          <span class="status">${order.status}${order.reason ? html`<small>${order.reason.replaceAll('_', ' ')}</small>` : nothing}</span>
          <span class="took">${span(took)}</span>
          ${last && order.status === 'PENDING' ? html`<small class="last">${last.m}</small>` : nothing}
        </a></li>`;
      })}</ol>`}
      <p class="quiet">${count(state.newest.length, 'order')}, the newest first.</p>
    </section>`;
}
