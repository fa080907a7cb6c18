// The chat with the province's page: its history, the composer, what a press of a button does.

import { make, icon, unseen, find } from './elements.js';
import { clock, day, heading } from './words.js';
import { body, buttons } from './cards.js';

const TICKS = {
  sent: ['check', 'đã gửi'],
  delivered: ['checks', 'đã nhận'],
  seen: ['checks', 'đã xem'],
  failed: ['fail', 'chưa gửi được'],
};
const PATIENCE = 15000; // how long the dots may wait for an answer, in milliseconds

export function chat(actions) {
  const list = find('talk');
  const form = find('composer');
  const words = find('words');
  const nodes = new Map();
  const choices = new Map(); // until the sandbox itself tells which button was pressed
  let lastDay = '';
  let dots = null;
  let tired = 0;

  const toEnd = () => { list.scrollTop = list.scrollHeight; };

  function ticks(message) {
    const known = TICKS[message.state];
    if (message.from !== 'me' || !known) return make('time', {}, clock(message.at));
    const mark = icon(known[0], 16);
    if (message.state === 'seen') mark.classList.add('seen');
    return make('time', {}, `${clock(message.at)} `, mark, unseen(known[1]));
  }

  function bubble(message) {
    const inside = body(message);
    const chosen = message.pressed ?? choices.get(message.id) ?? null;
    const row = buttons(message, chosen, (index) => onPress(message, index));
    if (row) inside.append(row);
    return make('div', {}, inside, ticks(message));
  }

  async function onPress(message, index) {
    if (!/open\./.test(message.buttons[index].type ?? '')) {
      choices.set(message.id, index);
      add(message);
      wait(); // before the press leaves, for the answer may overtake the press's own return
    }
    if (!await actions.press(message.id, index)) rest();
  }

  /** Puts a message at the end, or renews it where it is already shown (its ticks have changed). */
  function add(message) {
    const avatar = message.from === 'me' ? null : make('span', { class: 'avatar' }, icon('mark', 32));
    const shown = nodes.get(message.id);
    if (shown) { shown.lastElementChild.replaceWith(bubble(message)); return; }
    if (!nodes.size) list.replaceChildren();
    if (day(message.at) !== lastDay) {
      lastDay = day(message.at);
      list.append(make('li', { class: 'day' }, make('span', {}, heading(message.at))));
    }
    const item = make('li', { class: message.from === 'me' ? 'mine' : 'theirs' }, avatar, bubble(message));
    nodes.set(message.id, item);
    if (message.from !== 'me') rest();
    list.append(item);
    if (dots) list.append(dots);
    toEnd();
  }

  /** Typing dots: only between a word of ours and the answer to it. */
  function wait() {
    rest();
    dots = make('li', { class: 'theirs dots' }, make('span', { class: 'avatar' }, icon('mark', 32)),
      make('div', {}, make('p', { class: 'bubble' }, make('i'), make('i'), make('i'), unseen('Đang trả lời'))));
    list.append(dots);
    toEnd();
    tired = setTimeout(rest, PATIENCE);
  }

  function rest() {
    clearTimeout(tired);
    dots?.remove();
    dots = null;
  }

  function draw(messages) {
    list.replaceChildren();
    nodes.clear();
    lastDay = '';
    dots = null;
    if (!messages.length) {
      list.append(make('li', { class: 'day' }, make('span', {}, 'Chưa có tin nào. Xin nhắn một câu để bắt đầu.')));
    }
    messages.forEach(add);
    document.fonts.ready.then(toEnd);
  }

  async function send(text) {
    const said = text.trim();
    if (!said) return;
    wait();
    if (!await actions.say(said)) {
      rest();
      words.value ||= said;
    }
  }

  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const text = words.value;
    words.value = '';
    send(text);
    words.focus();
  });
  words.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit();
  });
  find('quick').addEventListener('click', (event) => {
    const button = event.target.closest('button');
    if (button) send(button.textContent);
  });

  return { draw, add, send, wait, rest, toEnd, focus: () => words.focus() };
}
