// The body of a message: a bubble for plain words, a card where the text has a heading, rows or buttons.

import { make, unseen, icon } from './elements.js';

const ROW = /^([^:.]{2,24}):\s+(.+)$/;
const SOURCE = /^(Nguồn|Mã thủ tục|Theo dữ liệu|Cập nhật)\b/;

/** A dossier's way as its text draws it: "✓ Tiếp nhận ● Xử lý ○ Trả kết quả". */
const WAY = /^[✓●○] .+[✓●○] /;
const STEP = /([✓●○]) ([^✓●○]+)/g;
const MARKS = { '✓': ['done', ' (đã xong)'], '●': ['now', ' (hiện nay)'], '○': [null, ''] };

function steps(line) {
  return make('ol', { class: 'steps', 'aria-label': 'Các bước của hồ sơ' }, ...[...line.matchAll(STEP)].map(([, sign, name]) => {
    const [mark, said] = MARKS[sign];
    return make('li', { class: mark, 'aria-current': mark === 'now' ? 'step' : null }, name.trim(), said ? unseen(said) : null);
  }));
}

function rows(pairs) {
  return make('dl', {}, ...pairs.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]));
}

/** Lines of text as paragraphs, `name: value` lines as rows, a drawn way as steps, the source in small print. */
function paragraphs(lines) {
  const parts = [];
  let pairs = [];
  const flush = () => { if (pairs.length) parts.push(rows(pairs)); pairs = []; };
  for (const line of lines) {
    const row = SOURCE.test(line) ? null : ROW.exec(line);
    if (row) { pairs.push([row[1], row[2]]); continue; }
    flush();
    if (WAY.test(line)) parts.push(steps(line));
    else if (line) parts.push(make('p', { class: SOURCE.test(line) ? 'source' : null }, line));
  }
  flush();
  return parts;
}

function fromText(text, hasButtons) {
  const lines = text.split('\n').map((line) => line.trim());
  const first = lines[0] ?? '';
  const heads = lines.length > 1 && first.length <= 90 && !/[.?:…,]$/.test(first) && !ROW.test(first);
  if (lines.length === 1 && !hasButtons) return null;
  return [
    heads ? make('h3', {}, first) : null,
    ...paragraphs(heads ? lines.slice(1) : lines),
  ];
}

/** A template message as the sandbox keeps it: its id and name, the rendered text, the values by name. */
function fromTemplate(template, text) {
  const values = Object.entries(template.values ?? {});
  const kind = make('p', { class: 'kind' }, `Tin theo mẫu ${template.id}`);
  if (text) return [kind, ...fromText(text, true)];
  return [kind, template.name ? make('h3', {}, template.name) : null, rows(values.map((pair) => pair.map(String)))];
}

/** The words of a message: a `<p class="bubble">`, or an `<article class="letter-card">` waiting for its buttons. */
export function body(message) {
  const buttons = message.buttons ?? [];
  const inner = message.template ? fromTemplate(message.template, message.text)
    : message.from === 'oa' ? fromText(message.text ?? '', buttons.length > 0) : null;
  if (!inner) return make('p', { class: 'bubble' }, message.text ?? '');
  return make('article', { class: 'letter-card' }, ...inner);
}

/** The stacked buttons of a card; `onPress(index)` is called, a choice once made stays to be seen. */
export function buttons(message, chosen, onPress) {
  const all = message.buttons ?? [];
  if (!all.length) return null;
  const kept = (index) => chosen === index;
  return make('div', { class: 'card-buttons' }, ...all.map((button, index) => make('button', {
    type: 'button',
    class: kept(index) ? 'kept' : index === 0 && all.filter(opens).length === 1 && opens(button) ? 'filled' : null,
    'aria-pressed': chosen === null ? null : String(kept(index)),
    onclick: () => onPress(index),
  }, kept(index) ? icon('check', 16) : null, button.title)));
}

/** Whether a button leaves the chat (a page, a call) where others only say something. */
const opens = (button) => /open\.(url|phone)/.test(button.type ?? '');
