// The SMS and the email inboxes; a mail opens its real HTML part in a sandboxed frame.

import { make, icon, label, find } from './elements.js';
import { money, number, stamp } from './words.js';
import { mailAddress } from './wire.js';

const STATES = {
  queued: ['Đang chuyển', ''], accepted: ['Đã chuyển đi', ''], sent: ['Đã chuyển đi', ''],
  delivered: ['Đã tới', 'ok'], failed: ['Không tới', 'bad'], undelivered: ['Không tới', 'bad'],
};

/** A list, newest first, that knows what came since the reader last did something. */
function inbox(list, badge, tab, draw) {
  let items = [];
  const fresh = new Set();
  const show = () => {
    list.replaceChildren(...items.map((item) => draw(item, fresh.has(item.id))));
    if (!items.length) list.append(make('li', { class: 'empty' }, 'Chưa có tin nào.'));
    label(badge, fresh.size ? `${fresh.size} mới` : '');
    tab.textContent = fresh.size || '';
    tab.hidden = !fresh.size;
  };
  return {
    fill(all) { items = [...all].sort((a, b) => new Date(b.at) - new Date(a.at)); fresh.clear(); show(); },
    add(item) {
      const known = items.findIndex((other) => other.id === item.id);
      if (known >= 0) items[known] = item;
      else { items.unshift(item); fresh.add(item.id); }
      show();
    },
    read() { if (fresh.size) { fresh.clear(); show(); } },
  };
}

function sms(item, isNew) {
  const [word, kind] = STATES[item.state] ?? [item.state, ''];
  const facts = [`${number(item.parts)} tin`, `${number(item.characters)} ký tự`, money(item.price)];
  return make('li', { class: isNew ? 'new' : null },
    make('header', {}, make('b', {}, item.sender), make('span', { class: `tag ${kind}` }, word),
      make('time', {}, stamp(item.at))),
    make('p', {}, item.text),
    item.from === 'me' ? null : make('small', {}, facts.join(' · ')));
}

function mail(open) {
  return (item, isNew) => make('li', { class: isNew ? 'new' : null },
    make('button', { type: 'button', class: 'open-mail', onclick: () => open(item) },
      make('span', { class: 'mail-head' }, make('b', {}, item.subject), make('time', {}, stamp(item.at))),
      make('small', {}, item.from),
      make('span', { class: 'preview' }, item.preview)));
}

function openLetter(item) {
  find('letter-title').textContent = item.subject;
  find('letter-from').textContent = `${item.from} · ${stamp(item.at)}`;
  find('letter-frame').src = mailAddress(item.id);
  find('letter').showModal();
}

/** The foot of the SMS inbox: one way, unless a two-way number is configured. */
function foot(twoWay, reply) {
  if (!twoWay) return [icon('info', 18), make('span', {}, 'Tin một chiều, không trả lời được')];
  const line = make('input', { id: 'sms-words', type: 'text', maxlength: 480, autocomplete: 'off' });
  return [make('form', {
    class: 'sms-reply',
    onsubmit: async (event) => {
      event.preventDefault();
      if (line.value.trim() && await reply(line.value.trim())) line.value = '';
    },
  }, make('label', { for: 'sms-words' }, `Trả lời tới ${twoWay}`), line,
  make('button', { type: 'submit', class: 'button' }, 'Gửi'))];
}

export function inboxes(actions) {
  const tabs = (name) => document.querySelector(`#tabs [data-to="${name}"] b`);
  const texts = inbox(find('sms-list'), find('sms-new'), tabs('sms'), sms);
  const mails = inbox(find('mail-list'), find('mail-new'), tabs('mail'), mail(openLetter));
  find('letter').addEventListener('close', () => { find('letter-frame').removeAttribute('src'); });
  return {
    texts,
    mails,
    draw(state, person) {
      find('sms-title').textContent = person ? `Tin SMS · ${person.phone_masked}` : 'Tin SMS';
      find('mail-title').textContent = person?.email ? `Email · ${person.email}` : 'Email';
      find('sms-foot').replaceChildren(...foot(state.two_way_number, actions.replyBySms));
      texts.fill(state.sms);
      mails.fill(state.mails);
    },
  };
}
