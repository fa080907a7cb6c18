// "Đường đi của tin vừa rồi": what the sandbox itself saw of the last message, with milliseconds.

import { make, icon, label, find } from './elements.js';
import { number, took } from './words.js';

const ICONS = { in: 'in', ok: 'ok', out: 'send', done: 'checks', fail: 'fail' };
const INSIDE = 'Xem lịch sử tin trong bảng điều khiển';
const CHANNELS = { zalo: 'Zalo', sms: 'SMS', email: 'Email', telegram: 'Telegram', api: 'API', source: 'Nguồn hồ sơ' };

/** Only plain web addresses may become links. */
const safe = (address) => (/^(https?:\/\/|\/)/.test(address ?? '') ? address : null);

function step(item) {
  const link = safe(item.link);
  const channel = CHANNELS[item.channel] ?? '';
  const named = channel && !item.title.includes(channel) ? `${item.title} · ${channel}` : item.title;
  return make('li', { class: item.icon },
    make('span', { class: 'step-icon' }, icon(ICONS[item.icon] ?? 'ok', 17)),
    make('div', {}, make('b', {}, named), make('small', {}, item.detail ?? ''),
      link ? make('a', { href: link, target: '_blank', rel: 'noopener' }, INSIDE) : null),
    make('span', { class: 'ms' }, took(item.ms)));
}

function verdict(items) {
  const failed = items.some((item) => item.icon === 'fail');
  const arrived = items.filter((item) => item.icon === 'done').at(-1);
  const seconds = arrived && Math.max(0.01, Math.round(arrived.ms / 10) / 100);
  if (arrived) return [`Đã tới sau ${number(seconds)} giây`, failed ? 'warn' : 'ok'];
  if (failed) return ['Gặp sự cố', 'bad'];
  return items.length ? ['Đang đi', 'run'] : ['', ''];
}

export function journey() {
  let items = [];
  function draw(path) {
    items = path;
    const list = find('journey');
    list.replaceChildren(...items.map(step));
    list.classList.toggle('long', items.length > 4);
    if (!items.length) {
      const idle = 'Chưa có tin nào đi qua. Xin nhắn một câu hoặc chuyển trạng thái một hồ sơ.';
      list.append(make('li', { class: 'empty' }, idle));
    }
    label(find('journey-tag'), ...verdict(items));
  }
  return { draw, failed: () => items.at(-1)?.icon === 'fail' };
}
