// The phone of the demo: reads the sandbox's state, draws it, and follows its events.

import * as wire from './wire.js';
import { make, find } from './elements.js';
import { clock } from './words.js';
import { chat } from './chat.js';
import { inboxes } from './inboxes.js';
import { journey } from './journey.js';
import { trials } from './trials.js';

let person = sessionStorage.getItem('person');
let people = [];
let stopListening = () => {};
let toastTimer = 0;

function toast(...words) {
  const line = find('toast');
  line.replaceChildren(...words);
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => line.replaceChildren(), 9000);
}

/** Does one thing with the sandbox; a failure is said in the phone and answered with null. */
async function attempt(doing) {
  try {
    return await doing();
  } catch (error) {
    toast(error instanceof TypeError ? 'Chưa gửi được: mất kết nối với bản chạy thử.' : error.message);
    return null;
  }
}

/** Whatever the citizen does next, what came before is no longer new. */
function acted() {
  mail.texts.read();
  mail.mails.read();
}

function show(view) {
  const before = document.body.dataset.view;
  if (before === 'sms') mail.texts.read();
  if (before === 'mail') mail.mails.read();
  document.body.dataset.view = view;
  for (const tab of find('tabs').children) {
    if (tab.dataset.to === view) tab.setAttribute('aria-current', 'true');
    else tab.removeAttribute('aria-current');
  }
  if (view === 'zalo') talk.toEnd();
}

async function press(messageId, index) {
  acted();
  const answer = await attempt(() => wire.press(person, messageId, index));
  if (answer?.open && /^https?:\/\//.test(answer.open)) {
    const page = { href: answer.open, target: '_blank', rel: 'noopener noreferrer' };
    toast('Nút này mở trang ', make('a', page, answer.open));
  } else if (answer?.call) {
    toast(`Nút này gọi ${answer.call}. Bản chạy thử không gọi thật.`);
  } else if (answer?.sms) {
    toast(`Nút này soạn SMS tới ${answer.sms}: “${answer.content ?? ''}”.`);
  }
  return answer;
}

const talk = chat({
  say: (text) => { acted(); return attempt(() => wire.say(person, text)); },
  press,
});
const mail = inboxes({ replyBySms: (text) => { acted(); return attempt(() => wire.replyBySms(person, text)); } });
const way = journey();
const side = trials({
  say: (text) => { show('zalo'); talk.send(text); },
  show,
  move: async (code, status) => {
    acted();
    const moved = await attempt(() => wire.move(code, status));
    if (moved) side.drawDossiers((await attempt(() => wire.state(person)))?.dossiers ?? []);
    return moved;
  },
  fault: async (key, on) => { await attempt(() => wire.fault(key, on)); },
  resetTasks: async () => { await attempt(wire.resetTasks); await load(); },
});

function drawPeople() {
  find('people').replaceChildren(...people.map((one) => make('button', {
    type: 'button', 'aria-pressed': String(one.key === person), onclick: () => become(one.key),
  }, make('b', {}, one.name.split(' ').at(-1)), make('small', {}, one.note ?? ''))));
}

function drawFollow() {
  const choice = (text, wanted) => make('button', {
    type: 'button',
    onclick: async () => {
      find('follow').open = false;
      const done = await attempt(() => wire.follow(person, wanted));
      if (done) toast(wanted ? 'Đã quan tâm trang.' : 'Đã bỏ quan tâm trang.');
      await load();
    },
  }, text);
  const follows = people.find((one) => one.key === person)?.follows;
  find('follow').querySelector('.follow-menu').replaceChildren(...[
    follows === true ? '' : choice('Quan tâm trang', true),
    follows === false ? '' : choice('Bỏ quan tâm', false),
  ].filter(Boolean));
}

function draw(state) {
  people = state.people;
  if (!people.some((one) => one.key === person)) person = people[0]?.key ?? null;
  find('oa-name').textContent = state.oa.name;
  const link = find('console-link');
  link.hidden = !/^https?:\/\//.test(state.console_url ?? '');
  if (!link.hidden) link.href = state.console_url;
  drawPeople();
  drawFollow();
  talk.draw(state.chat);
  mail.draw(state, people.find((one) => one.key === person));
  way.draw(state.path);
  side.drawDossiers(state.dossiers);
  side.drawTasks(state.tasks);
  side.drawFaults(state.faults);
}

function onEvent(kind, data) {
  if (kind === 'chat') talk.add(data);
  if (kind === 'sms') mail.texts.add(data);
  if (kind === 'mail') mail.mails.add(data);
  if (kind === 'path') { way.draw(data); if (way.failed()) talk.rest(); }
  if (kind === 'tasks') side.drawTasks(data);
  if (kind === 'dossiers') side.drawDossiers(data);
  if (kind === 'fault') side.drawFaults(data);
}

async function load() {
  const state = await attempt(() => (person ? wire.state(person) : wire.firstState()));
  if (!state) return false;
  draw(state);
  return true;
}

function follow() {
  stopListening();
  stopListening = wire.listen(person, onEvent, (lost) => { find('offline').hidden = !lost; if (!lost) load(); });
}

async function become(key) {
  person = key;
  sessionStorage.setItem('person', key);
  stopListening();
  await load();
  follow();
}

find('tabs').addEventListener('click', (event) => {
  const tab = event.target.closest('button');
  if (tab) show(tab.dataset.to);
});
const tell = () => { find('phone-clock').textContent = clock(Date.now()); };
tell();
setInterval(tell, 10000);

async function begin() {
  if (await load()) {
    sessionStorage.setItem('person', person);
    follow();
  } else {
    find('offline').hidden = false;
    setTimeout(async () => { find('offline').hidden = true; await begin(); }, 2000);
  }
}
await begin();
