// Requests to the console. Writes carry the token of the link, which the page takes out of its address.

const KEY = 'converge-token';

/** Takes the token out of an address such as /#t=…; returns whether there was one. */
export function takeToken() {
  const given = /^#t=([0-9a-zA-Z]+)$/.exec(location.hash);
  if (!given) return false;
  sessionStorage.setItem(KEY, given[1]);
  history.replaceState(null, '', '/#/');
  return true;
}

const token = () => sessionStorage.getItem(KEY) ?? '';

/** Whether writes are possible with the token that the page has. */
export async function mayWrite() {
  if (!token()) return false;
  const answer = await request('GET', '/api/access');
  return answer.ok && answer.body.writes === true;
}

/** Sends a request; never throws: {ok, status, body}. */
export async function request(method, path, body) {
  const headers = { 'X-Converge-Token': token() };
  if (body !== undefined) headers['Content-Type'] = 'application/json';
  try {
    const response = await fetch(path, {
      method,
      headers,
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    });
    const text = await response.text();
    let json = {};
    try {
      json = JSON.parse(text);
    } catch {
      json = { detail: `an answer that is not JSON, status ${response.status}` };
    }
    return { ok: response.ok, status: response.status, body: json };
  } catch (failure) {
    return { ok: false, status: 0, body: { detail: `the console does not answer (${failure.name})` } };
  }
}

/** Why a request was refused, in words. */
export const why = (answer) =>
  answer.body.detail ?? answer.body.title ?? `status ${answer.status}`;

/** The same request for a terminal. */
export function curl(method, path, body) {
  const quoted = (text) => `'${String(text).replaceAll("'", "'\\''")}'`;
  const parts = ['curl', '-X', method, quoted(location.origin + path), '-H',
    quoted(`X-Converge-Token: ${token()}`)];
  if (body !== undefined) {
    parts.push('-H', quoted('Content-Type: application/json'), '-d', quoted(JSON.stringify(body)));
  }
  return parts.join(' ');
}

/** Copies a text; returns whether that worked. */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
