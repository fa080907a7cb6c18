// The only file that talks to the sandbox: one state, one stream of events, a few verbs.

async function call(path, body) {
  const answer = await fetch(path, body === undefined ? {} : {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  let value = {};
  try { value = text ? JSON.parse(text) : {}; } catch { /* a bare word is answer enough */ }
  if (!answer.ok) throw new Error(value.error || value.detail || `Bản chạy thử trả lời ${answer.status}`);
  return value;
}

export const state = (person) => call(`/sandbox/state?person=${encodeURIComponent(person ?? '')}`);
export const firstState = () => call('/sandbox/state');
export const say = (person, text) => call('/sandbox/say', { person, text });
export const press = (person, messageId, index) => call('/sandbox/press', { person, message_id: messageId, index });
export const follow = (person, wanted) => call('/sandbox/follow', { person, follow: wanted });
export const move = (code, status) => call('/sandbox/move', { code, status });
export const fault = (key, on) => call('/sandbox/fault', { key, on });
export const replyBySms = (person, text) => call('/sandbox/sms-reply', { person, text });
export const resetTasks = () => call('/sandbox/reset-tasks', {});
export const mailAddress = (id) => `/sandbox/mails/${encodeURIComponent(id)}`;

const KINDS = ['chat', 'sms', 'mail', 'path', 'fault', 'tasks', 'dossiers'];

/**
 * Follows one person's events. The browser reconnects by itself; after each gap `onGap(false)` asks the page
 * to read the whole state again, so that nothing that came meanwhile is missed. Returns the way to stop.
 */
export function listen(person, onEvent, onGap) {
  let source;
  let lost = false;
  let again;
  const open = () => {
    source = new EventSource(`/sandbox/events?person=${encodeURIComponent(person)}`);
    for (const kind of KINDS) source.addEventListener(kind, (event) => onEvent(kind, JSON.parse(event.data)));
    source.onopen = () => { if (lost) { lost = false; onGap(false); } };
    source.onerror = () => {
      lost = true;
      onGap(true);
      if (source.readyState === EventSource.CLOSED) again = setTimeout(open, 2000);
    };
  };
  open();
  return () => { clearTimeout(again); source.close(); };
}
