// The objectives: what is promised, how much of the budget is left, how fast it burns.

import { html, nothing } from './lit/lit-html.js';
import { percent, span } from './format.js';
import { plotView } from './plot.js';

const SHAPES = { kept: '✓', burns: '▲', spent: '✕', 'no-data': '○' };
const WORDS = { kept: 'kept', burns: 'burns fast', spent: 'budget spent', 'no-data': 'nothing counted' };

export function sloView(ui, actions) {
  const read = ui.slo;
  return html`
    <section class="slo" aria-labelledby="slo-title">
      <h2 id="slo-title">Objectives</h2>
      ${ui.sloFault ? html`<p class="bad">${ui.sloFault}</p>` : nothing}
      ${!read ? html`<p class="quiet">They are read …</p>` : html`
        <p class="quiet">Of the last 6 hours, of which this console has observed ${observed(read.observedSeconds)}. A burn of 1 uses the budget up
          exactly in its time; from 14.4 on in 5 minutes and in 1 hour it burns fast. With few requests, one that fails is a large part: see the counts.</p>
        ${summary(read.objectives)}
        ${read.objectives.map((objective) => one(objective, actions))}`}
    </section>`;
}

const observed = (seconds) => span(Math.min(seconds, 6 * 3_600) * 1_000);

function summary(objectives) {
  return html`<div class="wide"><table class="objectives">
    <thead><tr><th scope="col">Objective</th><th scope="col">State</th><th scope="col" class="n">Budget left</th>
      <th scope="col" class="n">Burn, 5 min</th><th scope="col" class="n">Burn, 1 h</th><th scope="col" class="n">Bad of all, 6 h</th></tr></thead>
    <tbody>${objectives.map((objective) => html`<tr data-objective=${objective.id}>
      <th scope="row"><a href="#/slo/${objective.id}">${objective.id}</a> <small>${percent(objective.target)} of ${objective.unit}</small></th>
      <td class="is-${objective.state}"><span aria-hidden="true">${SHAPES[objective.state]}</span> ${WORDS[objective.state]}</td>
      <td class="n budget">${objective.budgetLeft === undefined ? '–' : percent(objective.budgetLeft)}</td>
      <td class="n">${burn(objective.burn['5m'])}</td><td class="n">${burn(objective.burn['1h'])}</td>
      <td class="n counts">${objective.bad} of ${objective.all}</td></tr>`)}</tbody></table></div>`;
}

const burn = (factor) => factor === undefined ? '–' : `${factor.toFixed(1)} ×`;

function one(objective, actions) {
  return html`<article class="group objective" id="slo-${objective.id}">
    <h3>${objective.promise}</h3>
    ${plotView(objective)}
    <p class="acts"><button type="button" aria-label="Copy PromQL of ${objective.id}" @click=${() => actions.copy(objective.promql)}>copy PromQL</button></p>
  </article>`;
}
