// What needs a person: findings, stuck sagas, parked messages; grouped by cause.

import { html, nothing } from './lit/lit-html.js';
import { bytes, clock, count, shortId, span } from './format.js';
import { pathView } from './order.js';

export function attentionView(state, ui, actions) {
  const { stuck, letters, findings, inDoubt, divergent, unknown } = state.attention;
  const nothingThere = stuck.length + letters.length + findings.length + inDoubt.length + divergent.length === 0;
  return html`
    <section class="attention" aria-labelledby="attention-title">
      <h2 id="attention-title">Attention</h2>
      ${unknown.length ? html`<p class="bad">Not known of ${unknown.map((name) => name + '-service').join(', ')}: no answer.</p>` : nothing}
      ${nothingThere ? html`<p class="well">✓ Nothing needs you: no finding, no stuck saga, no parked message, no transaction in doubt.</p>` : nothing}
      ${findings.length ? findingsView(findings) : nothing}
      ${stuck.length ? html`<h3>Stuck sagas, by the step that got no reply</h3>
        ${stuck.map((group) => html`<article class="group stuck"><h4>${group.count} × ${group.cause}</h4>
          <ul class="members">${group.members.slice(0, 20).map((id) => html`<li>
            <a href="#/orders/${id}">${shortId(id)}</a>
            ${['retry', 'skip', 'compensate'].map((action) => html`
              <button type="button" ?disabled=${!ui.writes}
                @click=${(event) => actions.operate({ kind: 'saga', id, action }, event.currentTarget)}>${action} …</button>`)}
            ${outcome(ui, id)}
          </li>`)}</ul>
          <p class="acts"><button type="button" ?disabled=${!ui.writes}
            @click=${(event) => actions.openBulk(group, event.currentTarget)}>retry all ${group.members.length} …</button></p>
          ${group.count > 20 ? html`<p class="quiet">and ${group.count - 20} more</p>` : nothing}
        </article>`)}` : nothing}
      ${letters.length ? html`<h3>Parked messages, by cause</h3>
        ${letters.map((group) => html`<article class="group letters"><h4>${group.count} × ${group.service}-service: ${group.cause}</h4>
          <p class="quiet">newest ${clock(group.newest)}</p>
          <ul class="members">${group.members.slice(0, 20).map((id) => html`<li>
            <code>${shortId(id)}</code>
            <button type="button" @click=${(event) => actions.showLetter(group.service, id, event.currentTarget)}>show</button>
            <button type="button" ?disabled=${!ui.writes}
              @click=${(event) => actions.operate({ kind: 'letter', id, service: group.service, action: 'replay' }, event.currentTarget)}>replay …</button>
            ${outcome(ui, id)}
          </li>`)}</ul></article>`)}` : nothing}
      ${inDoubt.length ? inDoubtView(inDoubt, ui, actions) : nothing}
      ${divergent.length ? divergentView(divergent, ui, actions) : nothing}
      ${state.jobs.length ? jobsView(state.jobs, ui, actions) : nothing}
      ${logView(ui, actions)}
    </section>`;
}

const OUTCOMES = [['left-stuck', 'left STUCK'], ['stuck-again', 'stuck again'], ['refused', 'refused'],
  ['unknown', 'unknown'], ['sent', 'not judged yet'], ['waiting', 'waiting']];

/** Jobs: what has become of each saga, not that a request was accepted. */
function jobsView(jobs, ui, actions) {
  return html`<h3>Jobs</h3>${jobs.map((job) => {
    const waiting = job.outcomes.waiting ?? 0;
    return html`<article class="group job" data-job=${job.id}>
      <h4>Job ${job.id}: ${job.action} ${count(job.total, 'saga')}, ${job.perSecond} a second: <span class="job-state">${job.state}</span></h4>
      <progress max=${job.total} value=${job.total - waiting} aria-label="Sagas of job ${job.id} that were acted on"></progress>
      <p>${OUTCOMES.filter(([name]) => job.outcomes[name]).map(([name, words]) => html`<span class="outcome-count">${words} <strong>${job.outcomes[name]}</strong></span> `)}</p>
      ${job.why ? html`<p class="bad">${job.why}</p>` : nothing}
      <p class="quiet">${job.reason}, by ${job.operator}</p>
      <p class="acts">
        ${job.state === 'running' ? html`<button type="button" ?disabled=${!ui.writes} @click=${() => actions.changeJob(job.id, 'pause')}>Pause</button>` : nothing}
        ${job.state === 'paused' ? html`<button type="button" ?disabled=${!ui.writes} @click=${() => actions.changeJob(job.id, 'resume')}>Go on</button>` : nothing}
        ${job.state === 'running' || job.state === 'paused' ? html`<button type="button" ?disabled=${!ui.writes} @click=${() => actions.changeJob(job.id, 'stop')}>Stop</button>` : nothing}
      </p>
      ${job.items.length ? html`<ul class="members">${job.items.map((item) => html`<li><a href="#/orders/${item.orderId}">${shortId(item.orderId)}</a> ${item.outcome}${item.detail ? `: ${item.detail}` : ''}</li>`)}</ul>` : nothing}
    </article>`;
  })}`;
}

/** The content of the dialog before an action on many sagas. */
export function bulkDialog(group, frozenAt, ui, actions) {
  return html`
    <h2 id="dialog-title">Retry ${count(group.members.length, 'saga')}: ${group.cause}</h2>
    <p>${MEANINGS.retry}</p>
    <p class="quiet">The set is that of ${frozenAt}: what gets stuck later is not in it.</p>
    <form @submit=${(event) => {
        event.preventDefault();
        const fields = Object.fromEntries(new FormData(event.currentTarget));
        actions.confirmBulk(group, fields);
      }}>
      <label>By <input name="operator" required maxlength="100" .value=${ui.operator}></label>
      <label>Reason <input name="reason" required maxlength="200"></label>
      <label>First <input name="canary" type="number" min="0" max="100" value="1" required></label>
      <label>and go on only if they are not STUCK after, in seconds <input name="judgeAfterSeconds" type="number" min="1" max="120" value="3" required></label>
      <label>Then, a second <input name="perSecond" type="number" min="1" max="50" value="5" required></label>
      <label>Stop after failures <input name="stopAfter" type="number" min="1" max="1000" value="3" required></label>
      <p class="acts"><button type="submit" class="main">Start</button>
        <button type="button" @click=${actions.closeDialog}>Leave it</button></p>
    </form>`;
}

function findingsView(findings) {
  return html`<h3>Findings of the audits</h3>
    <ul class="findings">${findings.map((finding) => html`<li>
      <strong>${finding.service}-service: ${finding.check}</strong> ${count(finding.count, 'case')}
      <ul>${finding.cases.slice(0, 5).map((one) => html`<li>${one}</li>`)}</ul></li>`)}</ul>`;
}

/** Branches that wait for their decision. Most end by themselves; an operator ends one whose decision is lost. */
function inDoubtView(branches, ui, actions) {
  return html`<h3>Transactions in doubt</h3>
    <p class="quiet">A branch is prepared and waits for its decision, which its coordinator has. It ends by itself once that is up.</p>
    <div class="wide"><table class="in-doubt"><thead><tr><th scope="col">Transaction</th><th scope="col">At</th><th scope="col">State</th>
        <th scope="col" class="n">For</th><th scope="col" class="n">Sessions that wait</th><th scope="col" class="n">Log retained</th><th scope="col">End it</th></tr></thead>
      <tbody>${branches.map((branch) => html`<tr>
        <th scope="row"><a href="#/orders/${orderOf(branch.gid)}">${branch.gid.split('.')[0]} ${shortId(orderOf(branch.gid))}</a></th>
        <td>${branch.service}-service</td><td>${branch.state}</td><td class="n">${span(branch.ageSeconds * 1_000)}</td>
        <td class="n">${branch.waiters}</td><td class="n">${bytes(branch.logBytes)}</td>
        <td class="acts">${['COMMIT', 'ABORT'].map((decision) => html`<button type="button" ?disabled=${!ui.writes}
          aria-label="${decision} ${branch.service} ${shortId(orderOf(branch.gid))}"
          @click=${(event) => actions.operate({ kind: 'branch', id: branch.gid, service: branch.service, action: 'resolve', decision }, event.currentTarget)}>${decision} …</button>`)}
          ${outcome(ui, branch.gid)}</td></tr>`)}</tbody></table></div>`;
}

/** Branches that have ended otherwise than decided: repaired by a person, then acknowledged. */
function divergentView(branches, ui, actions) {
  return html`<h3>Branches that ended otherwise than decided</h3>
    <ul class="members">${branches.map((branch) => html`<li>
      <a href="#/orders/${orderOf(branch.gid)}">${branch.gid.split('.')[0]} ${shortId(orderOf(branch.gid))}</a> at ${branch.service}-service
      <button type="button" ?disabled=${!ui.writes}
        @click=${(event) => actions.operate({ kind: 'branch', id: branch.gid, service: branch.service, action: 'acknowledge' }, event.currentTarget)}>acknowledge …</button>
      ${outcome(ui, branch.gid)}</li>`)}</ul>`;
}

/** The order of a transaction: its name is PROTOCOL.ORDER.PARTICIPANTS. */
const orderOf = (gid) => gid.split('.')[1] ?? '';

/** What became of an action, not only that it was accepted. */
function outcome(ui, id) {
  const done = ui.outcomes[id];
  return done ? html`<span class=${done.ok ? 'well' : 'bad'} role="status">${done.text}</span>` : nothing;
}

function logView(ui, actions) {
  return html`<h3>Who did what</h3>
    ${ui.log === null ? html`<button type="button" @click=${actions.readLog}>Show the operators' log</button>`
      : ui.log.length === 0 ? html`<p class="quiet">No operator has done anything.</p>`
      : html`<div class="wide"><table><thead><tr><th scope="col">At</th><th scope="col">Operator</th><th scope="col">Action</th>
          <th scope="col">Target</th><th scope="col">Reason</th><th scope="col">Outcome</th></tr></thead>
        <tbody>${ui.log.map((line) => html`<tr><td>${clock(line.at)}</td><td>${line.operator}</td><td>${line.action}</td>
          <td><code>${shortId(line.target)}</code></td><td>${line.reason}</td><td>${line.outcome}${line.detail ? `: ${line.detail}` : ''}</td></tr>`)}</tbody></table></div>`}`;
}

const MEANINGS = {
  retry: 'The message that got no reply is sent again, as attempt 1. That does no harm: its receiver knows it by its order.',
  skip: 'The saga continues as if the reply had arrived. You vouch that the step was done.',
  compensate: 'The step after the pivot is abandoned and the earlier ones are undone. You vouch that it was not done and will not be.',
  resolve: 'The branch ends as you decide. You vouch that no other branch of the transaction ends otherwise.',
  acknowledge: 'Nothing changes but this list. Compare the order in all services, and repair it first.',
  replay: 'The message is dispatched to its handler once more, in one transaction with its mark. If it fails again, nothing is changed.',
};

const SUBJECTS = { saga: 'the saga of order', letter: 'message', branch: 'the branch of' };

/** Where an action of an operator is requested. */
export const pathOf = (asked) => asked.kind === 'saga' ? `/api/sagas/${asked.id}/${asked.action}`
  : asked.kind === 'branch' ? `/api/transactions/${asked.service}/${asked.id}/${asked.action}`
  : `/api/dead-letters/${asked.service}/${asked.id}/replay`;

/** The fields of its request beside the operator and the reason. */
export const fieldsOf = (asked) => asked.decision ? { decision: asked.decision } : {};

/** The same action on the command line. */
const commandOf = (asked) => asked.kind === 'saga' ? `./converge sagas ${asked.action} ${asked.id} --reason '…'`
  : asked.kind === 'branch' ? `./converge transactions ${asked.action} ${asked.id} --service ${asked.service}-service${asked.decision ? ` --decision ${asked.decision}` : ''} --reason '…'`
  : `./converge dead-letters replay ${asked.service}-service ${asked.id} --reason '…'`;

/** The content of the dialog before an action of an operator. */
export function operateDialog(request, preview, ui, actions) {
  const action = preview?.next?.actions.find((one) => one.action === request.action);
  return html`
    <h2 id="dialog-title">${request.action} ${SUBJECTS[request.kind]} <code>${request.kind === 'branch' ? request.id : shortId(request.id)}</code>${request.decision ? `: ${request.decision}` : ''}</h2>
    <p>${MEANINGS[request.action]}</p>
    ${request.kind === 'saga' ? html`<p><strong>What follows:</strong>
      ${action ? (action.allowed ? pathView(action.path) : html`<span class="bad">not possible now: ${action.why}</span>`)
        : html`<span class="quiet">it is read …</span>`}</p>` : nothing}
    <form method="dialog" @submit=${(event) => {
        event.preventDefault();
        const fields = new FormData(event.currentTarget);
        actions.confirmOperate(request, String(fields.get('operator')), String(fields.get('reason')));
      }}>
      <label>By <input name="operator" required maxlength="100" autocomplete="username" .value=${ui.operator}></label>
      <label>Reason <input name="reason" required maxlength="256"></label>
      <p class="acts"><button type="submit" class="main" ?disabled=${action?.allowed === false}>${request.action}</button>
        <button type="button" @click=${() => actions.copyCurl('POST', pathOf(request), { ...fieldsOf(request), operator: ui.operator || 'me', reason: '…' })}>Copy curl</button>
        <button type="button" @click=${() => actions.copy(commandOf(request))}>Copy ./converge</button>
        <button type="button" @click=${actions.closeDialog}>Leave it</button></p>
    </form>`;
}

/** A parked message. Its content is hostile until proven otherwise, and shown as text. */
export function letterDialog(letter, fault, actions) {
  return html`
    <h2 id="dialog-title">Parked message</h2>
    ${fault ? html`<p class="bad">${fault}</p>` : !letter ? html`<p class="quiet">It is read …</p>` : html`
      <p class="bad">${letter.reason}</p>
      <dl class="next"><dt>Type</dt><dd>${letter.type ?? 'none'}</dd><dt>Topic</dt><dd>${letter.topic}-${letter.partition}@${letter.offset}</dd>
        <dt>Key</dt><dd><code>${letter.key ?? letter.keyBase64 ?? 'none'}</code></dd></dl>
      <h3>Payload</h3><pre class="payload">${letter.payload ?? letter.payloadBase64 ?? 'none'}</pre>
      <h3>Headers</h3><ul>${letter.headers.map((header) => html`<li><code>${header.name ?? header.key}: ${header.value ?? header.valueBase64 ?? ''}</code></li>`)}</ul>`}
    <p class="acts"><button type="button" @click=${actions.closeDialog}>Close</button></p>`;
}
