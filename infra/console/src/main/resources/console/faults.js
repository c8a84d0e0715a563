// Switches of faults. They show the truth that the parts tell, count down and end by themselves.

import { html, nothing } from './lit/lit-html.js';
import { clock, shapeOf, since, span, stateWords, until } from './format.js';

const STATEFUL = /-db(-\d)?$|^kafka(-\d)?$/;
const BEHAVIOURS = [
  ['NORMAL', 'takes the money'],
  ['DECLINE', 'declines each card'],
  ['SLOW', 'takes 3 s for each charge'],
  ['FAIL', 'fails at each call'],
  ['LOSE_ANSWER', 'takes the money, and its first answer is lost'],
];

export function faultsView(state, ui, actions, now) {
  const embedded = state.mode === 'embedded';
  const parts = Object.values(state.parts);
  return html`
    <section class="faults" aria-labelledby="faults-title">
      <h2 id="faults-title">Faults</h2>
      ${embedded ? html`<p class="quiet">A pause ends by itself, also if this page is closed. A part that was killed is started by you.</p>`
        : html`<p class="quiet">The console cannot reach the containers of the parts, and has no access to Docker. Copy the command instead.</p>`}
      <div class="wide"><table class="parts">
        <thead><tr><th scope="col">Part</th><th scope="col">State</th><th scope="col">Since</th><th scope="col">Actions</th></tr></thead>
        <tbody>${parts.map((part) => html`
          <tr><th scope="row">${part.id}</th>
            <td class="state is-${part.state}"><span aria-hidden="true">${shapeOf(part.state)}</span> ${stateWords(part.state)}${part.until
              ? html`, <span class="left">${Math.ceil(until(part.until, now) / 1_000)} s left</span>` : nothing}${part.why
              ? html`<small class="bad">${part.why}</small>` : nothing}</td>
            <td>${clock(part.since)} <span class="quiet">(${span(since(part.since, now))})</span></td>
            <td class="acts">${partActions(part, embedded, ui, actions)}</td></tr>`)}</tbody></table></div>
      ${providerView(state, ui, actions, now)}
      ${embedded ? chaosView(state, ui, actions, now) : nothing}
    </section>`;
}

/** The actions that apply to a part in its state; the others are absent. */
function partActions(part, embedded, ui, actions) {
  if (!embedded) {
    return ['kill', 'start', 'pause', 'unpause'].map((verb) => html`
      <button type="button" @click=${() => actions.copy(`docker-compose ${verb} ${part.id}`)}>Copy: ${verb}</button>`);
  }
  const name = part.id;
  const act = (label, path, body, ask) => html`<button type="button" ?disabled=${!ui.writes}
      aria-label="${label} ${name}"
      @click=${(event) => ask ? actions.confirmPart(name, label, path, body, event.currentTarget) : actions.part(path, body)}>${label}</button>`;
  const shown = [];
  if (part.state === 'down') shown.push(act('start', `/api/parts/${name}/start`));
  if (part.state === 'paused') shown.push(act('resume', `/api/parts/${name}/resume`));
  if (part.state !== 'down') shown.push(act('kill', `/api/parts/${name}/kill`, undefined, STATEFUL.test(name)));
  if (part.state === 'ready') {
    shown.push(act('pause 20 s', `/api/parts/${name}/pause`, { forSeconds: 20 }));
  }
  shown.push(html`<button type="button" aria-label="Copy the command for ${name}"
    @click=${() => actions.copy(`./converge ${part.state === 'down' ? 'start' : 'kill'} ${name}`)}>copy</button>`);
  return shown;
}

function providerView(state, ui, actions, now) {
  const current = state.provider;
  return html`
    <h3>The simulated payment provider</h3>
    <p>${current.behaviour
      ? html`It is <strong id="provider-now">${current.behaviour}</strong>${current.until
          ? html`, and normal again in <span class="left">${Math.ceil(until(current.until, now) / 1_000)} s</span>` : nothing}.`
      : html`<span class="quiet">Not known: payment-service does not answer.</span>`}</p>
    <form class="provider" @submit=${(event) => {
        event.preventDefault();
        const fields = new FormData(event.currentTarget);
        actions.switchProvider(String(fields.get('behaviour')), Number(fields.get('forSeconds')));
      }}>
      <fieldset><legend>Each charge, whose order does not ask for another behaviour,</legend>
        ${BEHAVIOURS.map(([name, words], i) => html`<label class="kind">
          <input type="radio" name="behaviour" value=${name} ?checked=${i === 0}> <span>${words}<small>${name}</small></span></label>`)}
      </fieldset>
      <label>for <input name="forSeconds" type="number" min="1" max="120" value="60" required> s</label>
      <button type="submit" class="main" id="switch" ?disabled=${!ui.writes}>Switch</button>
    </form>`;
}

/** Faults at random moments, repeatable by their seed. */
function chaosView(state, ui, actions, now) {
  const chaos = state.chaos;
  return html`
    <h3>Random faults</h3>
    ${chaos.running ? html`<p>Seed <strong id="seed">${chaos.seed}</strong>, <span class="left">${span(until(chaos.until, now))} left</span>.
        <button type="button" id="end-chaos" ?disabled=${!ui.writes} @click=${actions.endChaos}>End, and start what was killed</button></p>`
      : html`<form class="many" @submit=${(event) => {
          event.preventDefault();
          const fields = Object.fromEntries(new FormData(event.currentTarget));
          actions.beginChaos(fields);
        }}>
        <label>Kill or pause <select name="scope"><option value="services">services</option><option value="all">all parts</option></select></label>
        <label>every <input name="everySeconds" type="number" min="5" max="120" value="15" required> s</label>
        <label>for <input name="forSeconds" type="number" min="5" max="600" value="120" required> s</label>
        <label>seed <input name="seed" type="number" placeholder="new"></label>
        <button type="submit" id="begin-chaos" ?disabled=${!ui.writes}>Begin</button></form>`}
    ${chaos.done?.length ? html`<ul class="findings">${chaos.done.map((step) => html`<li>${clock(step.at)} ${step.fault} ${step.part} for ${step.seconds} s${step.outcome === 'done' ? '' : html`: <span class="bad">${step.outcome}</span>`}</li>`)}</ul>` : nothing}`;
}

/** The content of the dialog of one part. */
export function partDialog(state, id, ui, actions, now) {
  const part = state.parts[id];
  return html`
    <h2 id="dialog-title">${id}</h2>
    ${part ? html`
      <p class="state is-${part.state}"><span aria-hidden="true">${shapeOf(part.state)}</span> ${stateWords(part.state)}
        since ${clock(part.since)}${part.until ? `, ${Math.ceil(until(part.until, now) / 1_000)} s left` : ''}</p>
      <p class="quiet">port ${part.port}${part.memoryMiB ? `, ${part.memoryMiB} MiB` : ''}</p>
      ${part.why ? html`<p class="bad">${part.why}</p>` : nothing}
      <p class="acts">${partActions(part, state.mode === 'embedded', ui, actions)}
        <button type="button" @click=${() => actions.copy(`./converge logs ${id} -f`)}>copy: logs</button>
        <button type="button" @click=${() => actions.copy(`./converge pause ${id} --for 20`)}>copy: pause</button></p>`
      : html`<p class="quiet">This platform has no such part.</p>`}
    <p class="acts"><button type="button" @click=${actions.closeDialog}>Close</button></p>`;
}
