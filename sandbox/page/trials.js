// The right-hand side: four tasks that tick themselves, the row that moves a dossier, the drawer of faults.

import { make, icon, unseen, label, find } from './elements.js';
import { STATUSES, USUAL_NEXT } from './words.js';

const TASKS = [
  ['ask_procedure', 'Hỏi một thủ tục', '“lam khai sinh can gi”'],
  ['look_up', 'Tra cứu một hồ sơ', null],
  ['move', 'Cho hồ sơ đổi trạng thái', 'xem tin báo tới Zalo, SMS, email'],
  ['survey', 'Trả lời khảo sát', 'khi hồ sơ đã trả kết quả'],
];

function task([key, name, hint], index, done, isNow, onStart) {
  return make('li', { class: done ? 'done' : isNow ? 'now' : null },
    make('button', { type: 'button', onclick: () => onStart(key) },
      make('span', { class: 'count', 'aria-hidden': 'true' }, done ? icon('check', 17) : String(index + 1)),
      make('span', {}, make('b', {}, name, done ? unseen(' (đã xong)') : null), make('small', {}, hint))));
}

export function trials(actions) {
  const form = find('move');
  const { code: codes, status: statuses } = form.elements;
  let dossiers = [];
  let own = '';

  statuses.append(...STATUSES.map((name, index) => make('option', { value: index + 1 }, name)));

  const chosen = () => dossiers.find((dossier) => dossier.code === codes.value);
  const ownFirst = (all) => [...all].sort((a, b) => Number(b.owner) - Number(a.owner));

  function proposeNext() {
    const dossier = chosen();
    if (dossier) statuses.value = String(USUAL_NEXT[dossier.status] ?? 4);
    find('move-note').textContent = dossier ? `Hiện nay: ${STATUSES[dossier.status - 1]}` : '';
  }

  function drawDossiers(all) {
    const before = codes.value;
    dossiers = ownFirst(all);
    const ownBefore = own;
    own = dossiers.filter((dossier) => dossier.owner).map((dossier) => dossier.code).join();
    const group = (theirs, name) => {
      const some = dossiers.filter((dossier) => Boolean(dossier.owner) === theirs);
      return some.length ? make('optgroup', { label: name }, ...some.map((dossier) => make(
        'option', { value: dossier.code }, `${dossier.code} · ${dossier.procedure_name}`))) : '';
    };
    codes.replaceChildren(...[group(true, 'Của người đang đóng vai'), group(false, 'Của người khác')].filter(Boolean));
    if (own === ownBefore && dossiers.some((dossier) => dossier.code === before)) codes.value = before;
    proposeNext();
  }

  function start(key) {
    if (key === 'ask_procedure') actions.say('lam khai sinh can gi');
    if (key === 'look_up') actions.say(dossiers[0]?.code ?? 'tra cứu hồ sơ');
    if (key === 'survey' && chosen()?.status !== 10) statuses.value = '10';
    if (key === 'move' || key === 'survey') {
      actions.show('flow');
      form.scrollIntoView({ block: 'nearest' });
      form.querySelector('button').focus();
    }
  }

  function drawTasks(tasks) {
    const next = TASKS.find(([key]) => !tasks[key])?.[0];
    find('tasks').replaceChildren(...TASKS.map((entry, index) => {
      const [key, name, hint] = entry;
      return task([key, name, hint ?? dossiers[0]?.code ?? 'bằng mã hồ sơ'], index, tasks[key], key === next, start);
    }));
  }

  function drawFaults(faults) {
    const on = faults.filter((fault) => fault.on).length;
    label(find('faults-tag'), on ? `${on} sự cố đang bật` : '');
    find('faults-list').replaceChildren(...faults.map((fault) => make('li', {}, make('label', {},
      make('input', {
        type: 'checkbox', role: 'switch', checked: Boolean(fault.on),
        onchange: (event) => actions.fault(fault.key, event.target.checked),
      }), make('span', {}, fault.label)))));
  }

  codes.addEventListener('change', proposeNext);
  find('reset-tasks').addEventListener('click', actions.resetTasks);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const button = form.querySelector('button');
    button.disabled = true;
    const status = Number(statuses.value);
    const moved = await actions.move(codes.value, status);
    button.disabled = false;
    if (moved) find('move-note').textContent = `Đã chuyển sang: ${STATUSES[status - 1]}`;
  });

  return { drawDossiers, drawTasks, drawFaults };
}
