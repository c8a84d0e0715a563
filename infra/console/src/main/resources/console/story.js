// The story of one order: (transitions, outlook) → rows. Pure.

import { clock, endWords } from './format.js';

/** The rows of a saga: one per step or undo, with its attempts folded. Pure. */
export function rows(timeline, next, steps) {
  const rows = [];
  for (const transition of timeline) {
    const open = rows.at(-1);
    const undoing = transition.status === 'COMPENSATING';
    const ended = transition.status === 'COMPLETED' || transition.status === 'COMPENSATED';
    const same = open && open.step === transition.step && open.undo === undoing && !ended && open.state === 'awaits';
    if (transition.signal === 'OrderPlaced') {
      rows.push({ kind: 'placed', state: 'done', at: transition.at, signal: 'OrderPlaced', label: 'placed' });
    }
    if (transition.status === 'STUCK') {
      if (open) Object.assign(open, { state: 'stuck', until: transition.at });
      continue;
    }
    if (open && open.state === 'stuck' && open.step === transition.step && !ended && transition.signal === 'RetryRequested') {
      Object.assign(open, { state: 'awaits', attempts: open.attempts + 1 });
      open.notes.push(`retried by an operator at ${clock(transition.at)}`);
      continue;
    }
    if (same && transition.signal === 'DeadlinePassed') {
      open.attempts = transition.attempt;
      continue;
    }
    if (open && open.kind !== 'placed' && (open.state === 'awaits' || open.state === 'stuck')) {
      close(open, transition, undoing, ended);
    }
    if (ended) {
      rows.push({ kind: 'end', state: 'done', label: transition.status, at: transition.at, signal: transition.sent });
    } else {
      rows.push({
        kind: 'step', step: transition.step, undo: undoing, state: 'awaits', at: transition.at,
        sent: transition.sent, attempts: transition.attempt, notes: [],
        label: undoing ? `undo ${transition.step}` : transition.step,
      });
    }
  }
  return rows.concat(remaining(next, steps));
}

function close(row, transition, undoing, ended) {
  row.until = transition.at;
  row.signal = transition.signal;
  const refused = !row.undo && undoing && !['DeadlinePassed', 'CancelRequested', 'CompensateRequested'].includes(transition.signal);
  row.state = row.undo ? 'done'
    : transition.signal === 'DeadlinePassed' ? 'timed-out'
    : transition.signal === 'CancelRequested' ? 'cancelled'
    : transition.signal === 'CompensateRequested' ? 'abandoned'
    : refused || (ended && transition.status === 'COMPENSATED') ? 'refused' : 'done';
}

/** The steps that are left if every reply arrives. */
function remaining(next, steps) {
  if (!next) return [];
  const byCommand = Object.fromEntries(
    steps.flatMap((step) => [[step.command, step.name], [step.undo, `undo ${step.name}`]]));
  return next.onReply.moves
    .flatMap((move) => move.sends)
    .filter((sent) => byCommand[sent.type])
    .map((sent) => ({ kind: 'step', state: 'left', label: byCommand[sent.type], sent: sent.type }));
}

/** A path in words: its messages, then how the order ends. Pure. */
export function pathWords(path) {
  const sends = path.moves.flatMap((move) => move.sends.map((sent) => sent.type));
  const commands = sends.filter((type) => !/^Order(Completed|Rejected|Cancelled)$/.test(type));
  const ends = path.outcome ? endWords(path.outcome, path.reason) : 'STUCK';
  return { commands, ends };
}
