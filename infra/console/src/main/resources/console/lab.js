// The pages of the lab and of the bench: listed and opened; and the commands that write them.

import { html } from './lit/lit-html.js';

const COMMANDS = [
  ['lab faults', 'Do the invariants hold on a real platform under faults?', '5 minutes and more'],
  ['bench', 'How many orders per second does this machine complete?', '10 minutes and more'],
  ['lab protocols --quick', 'What do commit protocols cost under the same faults?', '6 minutes and more'],
  ['lab transaction-manager', 'What does an existing transaction manager do under the same faults?', 'minutes'],
  ['lab scale --quick', 'What do more instances and more slots bring?', 'minutes'],
  ['lab consensus', 'What is an acknowledgement of Kafka worth when a leader or a controller fails?', '4 minutes'],
  ['lab failover --quick', 'What is lost with the disk of order-db, by kind of standby?', '4 to 5 minutes'],
  ['lab sync-async', 'What does it cost to wait for others, and not to?', '3 minutes'],
  ['lab reads --quick', 'What does a read at each level lack, and when is it refused?', '2 to 3 minutes'],
  ['lab locks', 'What does a holder do that is late?', '3 to 5 minutes'],
  ['lab balancing', 'What do callers notice of one slow replica?', 'a minute'],
  ['lab hashing', 'Which replica owns an order, and how many move?', 'seconds'],
];

export function labView(state, ui, actions) {
  return html`
    <section class="lab" aria-labelledby="lab-title">
      <h2 id="lab-title">Lab</h2>
      <p class="quiet">Each command runs on processes of its own, and leaves this platform alone. It writes a page, which is listed here.</p>
      <h3>Pages</h3>
      ${state.mode !== 'embedded' ? html`<p class="quiet">With Docker, the console has no access to the folder of the pages.</p>`
        : ui.reports === null ? html`<p class="quiet">They are read …</p>`
        : ui.reports.length === 0 ? html`<p class="quiet">No page yet. Run a command below.</p>`
        : html`<div class="wide"><table class="reports">
          <thead><tr><th scope="col">Page</th><th scope="col">Command</th><th scope="col">Written</th></tr></thead>
          <tbody>${ui.reports.map((page) => html`<tr>
            <th scope="row"><a href="/lab/${page.lab}/${page.file}" target="_blank" rel="noreferrer">${page.title || page.file} ↗</a></th>
            <td>${page.lab}</td><td>${page.at.replace('T', ' ').slice(0, 19)}</td></tr>`)}</tbody></table></div>`}
      <p class="acts"><button type="button" @click=${actions.readReports}>Read again</button></p>
      <h3>Commands</h3>
      <div class="wide"><table>
        <thead><tr><th scope="col">Command</th><th scope="col">Question</th><th scope="col">Takes</th><th scope="col">Copy</th></tr></thead>
        <tbody>${COMMANDS.map(([command, question, takes]) => html`<tr>
          <th scope="row"><code>./converge ${command}</code></th><td>${question}</td><td>${takes}</td>
          <td><button type="button" aria-label="Copy ./converge ${command}" @click=${() => actions.copy(`./converge ${command}`)}>copy</button></td></tr>`)}</tbody>
      </table></div>
    </section>`;
}
