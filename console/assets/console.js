// The console works without script; this only makes it handier.
//   "/" puts the cursor into the search field
//   an error summary takes the focus, so that a reader hears it first
//   what carries data-poll="ADDRESS" is fetched anew each two seconds, as long as the new piece still carries it

const EVERY = 2000; // milliseconds

document.addEventListener('keydown', (event) => {
  if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest('input, textarea, select, [contenteditable]')) return;
  const search = document.getElementById('find');
  if (search) { event.preventDefault(); search.focus(); }
});

document.querySelector('[data-focus]')?.focus();

/** Puts the fetched piece in the old one's place; a drawer that was open stays open. */
function renew(old, text) {
  const fresh = new DOMParser().parseFromString(text, 'text/html').body.firstElementChild;
  if (!fresh) return old;
  const open = [...old.querySelectorAll('details')].map((drawer) => drawer.open);
  fresh.querySelectorAll('details').forEach((drawer, index) => { drawer.open = open[index] ?? drawer.open; });
  old.replaceWith(fresh);
  return fresh;
}

async function poll(piece) {
  for (let now = piece; now.dataset.poll;) {
    await new Promise((done) => { setTimeout(done, EVERY); });
    if (document.hidden || now.contains(document.activeElement)) continue;
    try {
      const answer = await fetch(now.dataset.poll, { headers: { Accept: 'text/html' }, redirect: 'error' });
      if (answer.status === 401 || answer.status === 403 || answer.status === 404) return;
      if (answer.ok) now = renew(now, await answer.text());
    } catch { /* the network may come back; the page says when it was last true */ }
  }
  if (piece.dataset.poll) location.reload(); // it is over: the buttons and the steps change too
}

document.querySelectorAll('[data-poll]').forEach((piece) => { poll(piece); });
