// Messages that move along the ways of the picture: one loop for all of them, a bounded number of
// dots, and none if the reader prefers reduced motion.

const MOST_DOTS = 120;
const TRAVEL_MS = 1_400;
const NS = 'http://www.w3.org/2000/svg';
const reduced = matchMedia('(prefers-reduced-motion: reduce)');

const dots = [];
let running = false;

/** Sends dots along a way; the layer is found again at each frame, because the view may change. */
export function send(way, kind, n) {
  if (reduced.matches || document.hidden) return;
  const now = performance.now();
  for (let i = 0; i < Math.min(n, 12) && dots.length < MOST_DOTS; i++) {
    // Apart, so that messages that arrived together are not one dot.
    dots.push({ way, kind, begin: now + i * 60, circle: null });
  }
  if (!running && dots.length) {
    running = true;
    requestAnimationFrame(frame);
  }
}

/** Removes all dots. */
export function clear() {
  for (const dot of dots.splice(0)) dot.circle?.remove();
}

function frame(now) {
  const layer = document.getElementById('dots');
  for (let i = dots.length - 1; i >= 0; i--) {
    const dot = dots[i];
    const path = layer && document.getElementById('way-' + dot.way);
    const done = (now - dot.begin) / TRAVEL_MS;
    if (!path || done > 1) {
      dot.circle?.remove();
      dots.splice(i, 1);
    } else if (done >= 0) {
      draw(dot, layer, path, done);
    }
  }
  running = dots.length > 0;
  if (running) requestAnimationFrame(frame);
}

function draw(dot, layer, path, done) {
  if (!dot.circle) {
    dot.circle = document.createElementNS(NS, 'circle');
    dot.circle.setAttribute('r', '5');
    dot.circle.setAttribute('class', 'dot ' + dot.kind);
  }
  if (dot.circle.parentNode !== layer) layer.append(dot.circle);
  const at = path.getPointAtLength(done * path.getTotalLength());
  dot.circle.setAttribute('cx', at.x.toFixed(1));
  dot.circle.setAttribute('cy', at.y.toFixed(1));
}
