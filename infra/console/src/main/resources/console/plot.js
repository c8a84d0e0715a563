// The plots of the objectives: what was counted, or how long it took, in columns of time. Pure.

import { html, svg, nothing } from './lit/lit-html.js';
import { clock, span } from './format.js';

const WIDTH = 720;
const LEFT = 66;
const RIGHT = 10;
const TOP = 10;
const ROW = 13;
const BARS = 90;
const AXIS = 24;

/** Where a column begins, or a moment is. */
export const x = (plot, column) => LEFT + (WIDTH - LEFT - RIGHT) * column / plot.columns;

/** The column of a moment, with its fraction. */
export const columnOf = (plot, iso) =>
  Math.min(plot.columns, Math.max(0, (Date.parse(iso) - Date.parse(plot.from)) / 1_000 / plot.columnSeconds));

/**
 * The height of a time in rows, the shortest at 0. Each bucket is a row: what is between its limits
 * is between its edges. What took longer than the last limit is in the middle of the row above.
 */
export function rowOf(limits, seconds) {
  const bucket = limits.findIndex((limit) => seconds <= limit);
  if (bucket < 0) return limits.length + 0.5;
  const below = bucket === 0 ? 0 : limits[bucket - 1];
  return bucket + (seconds - below) / (limits[bucket] - below);
}

/** How dark a cell is: a single one is seen beside a thousand. */
export const darkness = (n, most) => 0.25 + 0.75 * Math.sqrt(n / most);

/** A plot with its numbers as a table. */
export function plotView(objective) {
  const { plot } = objective;
  if (plot.counts.length === 0) {
    return html`<p class="quiet">Nothing was counted in the last ${plot.columns * plot.columnSeconds / 60} minutes.</p>`;
  }
  return html`<figure class="wide">${plot.times ? heat(objective) : bars(objective)}</figure>
    <details><summary>The numbers</summary>${table(objective)}</details>`;
}

function heat(objective) {
  const { plot } = objective;
  const { times } = plot;
  const rows = times.limits.length + 1;
  const bottom = TOP + rows * ROW;
  const y = (row) => bottom - row * ROW;
  const most = Math.max(1, ...times.cells.map(([, , n]) => n));
  const late = times.limits.indexOf(times.limit) + 1;
  const width = x(plot, 1) - x(plot, 0) - 1;
  return html`<svg class="plot" viewBox="0 0 ${WIDTH} ${bottom + AXIS}" role="group" aria-label="How long it took: ${objective.promise}">
      <g aria-hidden="true">
        ${times.limits.map((limit, row) => row % 2 === 0 ? svg`<text x=${LEFT - 6} y=${y(row + 1) + 4} text-anchor="end" class="quiet">${span(limit * 1_000)}</text>` : nothing)}
        <rect x=${LEFT} y=${TOP} width=${WIDTH - LEFT - RIGHT} height=${rows * ROW} class="frame"/>
        ${times.cells.map(([column, bucket, n]) => svg`<rect x=${x(plot, column)} y=${y(bucket + 1)} width=${width} height=${ROW - 1}
          class=${bucket >= late ? 'cell is-late' : 'cell'} fill-opacity=${darkness(n, most).toFixed(2)}/>`)}
        <line x1=${LEFT} x2=${WIDTH - RIGHT} y1=${y(late)} y2=${y(late)} class="limit"/>
        <text x=${LEFT + 4} y=${y(late) - 3} class="limit">limit ${span(times.limit * 1_000)}</text>
        ${axis(plot, bottom)}
      </g>
      ${times.traces.map((trace) => dot(trace, x(plot, columnOf(plot, trace.at)), y(rowOf(times.limits, trace.seconds)), times.limit))}
    </svg>`;
}

function dot(trace, cx, cy, limit) {
  const circle = svg`<circle cx=${cx} cy=${cy} r="4.5" class=${trace.seconds > limit ? 'trace is-late' : 'trace'}/>`;
  return trace.link
    ? svg`<a href=${trace.link} target="_blank" rel="noreferrer"
        aria-label="Trace of ${span(trace.seconds * 1_000)} at ${clock(trace.at)}">${circle}</a>`
    : circle;
}

function bars(objective) {
  const { plot } = objective;
  const bottom = TOP + BARS;
  const most = Math.max(1, ...plot.counts.map(([, , all]) => all));
  const width = x(plot, 1) - x(plot, 0) - 1;
  const height = (n) => BARS * n / most;
  return html`<svg class="plot" viewBox="0 0 ${WIDTH} ${bottom + AXIS}" role="img" aria-label="What was counted: ${objective.promise}">
      <text x=${LEFT - 6} y=${TOP + 10} text-anchor="end" class="quiet">${most}</text>
      <text x=${LEFT - 6} y=${bottom} text-anchor="end" class="quiet">0</text>
      <rect x=${LEFT} y=${TOP} width=${WIDTH - LEFT - RIGHT} height=${BARS} class="frame"/>
      ${plot.counts.map(([column, bad, all]) => svg`
        <rect x=${x(plot, column)} y=${bottom - height(all)} width=${width} height=${height(all)} class="cell"/>
        ${bad > 0 ? svg`<rect x=${x(plot, column)} y=${bottom - height(bad)} width=${width} height=${height(bad)} class="cell is-late"/>
          <text x=${x(plot, column) + width / 2} y=${bottom - 3} text-anchor="middle" class="mark">✕</text>` : nothing}`)}
      ${axis(plot, bottom)}
    </svg>`;
}

function axis(plot, bottom) {
  const at = (column) => clock(new Date(Date.parse(plot.from) + column * plot.columnSeconds * 1_000).toISOString());
  return svg`<text x=${LEFT} y=${bottom + 16} class="quiet">${at(0)}</text>
    <text x=${x(plot, plot.columns / 2)} y=${bottom + 16} text-anchor="middle" class="quiet">${at(plot.columns / 2)}</text>
    <text x=${WIDTH - RIGHT} y=${bottom + 16} text-anchor="end" class="quiet">${at(plot.columns)}</text>`;
}

function table(objective) {
  const { plot } = objective;
  const at = (column) => clock(new Date(Date.parse(plot.from) + column * plot.columnSeconds * 1_000).toISOString());
  return html`<div class="wide"><table><caption>Per ${plot.columnSeconds} s, in ${objective.unit}</caption>
      <thead><tr><th scope="col">From</th><th scope="col" class="n">All</th><th scope="col" class="n">Bad</th></tr></thead>
      <tbody>${plot.counts.map(([column, bad, all]) => html`<tr><th scope="row">${at(column)}</th><td class="n">${all}</td><td class="n">${bad}</td></tr>`)}</tbody></table>
    ${plot.times?.traces.length ? html`<table><caption>Traces</caption>
      <thead><tr><th scope="col">At</th><th scope="col" class="n">Took</th><th scope="col">Trace</th></tr></thead>
      <tbody>${plot.times.traces.map((trace) => html`<tr><th scope="row">${clock(trace.at)}</th><td class="n">${span(trace.seconds * 1_000)}</td>
        <td>${trace.link ? html`<a href=${trace.link} target="_blank" rel="noreferrer">${trace.traceId}</a>` : html`<code>${trace.traceId}</code>`}</td></tr>`)}</tbody></table>` : nothing}</div>`;
}
