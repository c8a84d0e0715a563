// The live stream. One connection per page: a browser has six per origin for all of its pages. A page
// that has been hidden for a minute closes it.

const EVENTS = ['hello', 'parts', 'flow', 'gauges', 'backlogs', 'orders', 'attention', 'provider',
  'saga', 'series', 'jobs', 'chaos', 'slo', 'gap'];
const HIDDEN_MS = 60_000;

/** Calls on({type, data, now}) for each event of the stream and of its connection. */
export function connect(on) {
  let source = null;
  let hiding = null;

  const open = () => {
    source = new EventSource('/api/stream');
    source.addEventListener('open', () => on({ type: 'opened', now: Date.now() }));
    source.addEventListener('error', () => {
      on({ type: 'lost', now: Date.now() });
      // The browser gives up after an answer that is no stream.
      if (source && source.readyState === EventSource.CLOSED) {
        source = null;
        setTimeout(() => { if (source === null && !document.hidden) open(); }, 2_000);
      }
    });
    for (const type of EVENTS) {
      source.addEventListener(type, (event) =>
        on({ type, data: JSON.parse(event.data), now: Date.now() }));
    }
  };

  const close = () => {
    source?.close();
    source = null;
  };

  document.addEventListener('visibilitychange', () => {
    clearTimeout(hiding);
    if (document.hidden) {
      hiding = setTimeout(close, HIDDEN_MS);
    } else if (source === null) {
      open();
    }
  });
  // A page that the browser keeps for "back" must not keep one of the connections.
  addEventListener('pagehide', close);
  addEventListener('pageshow', () => { if (source === null && !document.hidden) open(); });
  open();
}
